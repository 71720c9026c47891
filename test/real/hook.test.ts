/** `wlock hook claude-code`: the real command line, given the events that Claude Code gives it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { listJson } from './expectations.ts';
import { answered, answerTo, noClaude, session, writeOf, type Answered } from './hookEvents.ts';
import { cliFile, peersFolder, pythonFile } from './programs.ts';
import { Started, type StartedProgram } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { ToolHome } from './tools.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock } from './wlock.ts';

/** Stands for Claude Code: runs a command with a shell, gives it an event, prints its answer as one line, and goes on. */
const agentProgram = `
  const [command, event] = process.argv.slice(1);
  const child = require('child_process').spawn('/bin/sh', ['-c', command]);
  let out = '', err = '';
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (err += text));
  child.on('close', (code) => console.log(JSON.stringify({ code, out, err })));
  child.stdin.on('error', () => undefined);
  child.stdin.end(event);
  setInterval(() => undefined, 1000);
`;

describe('wlock hook claude-code', () => {
  let root: TemporaryRoot;
  let started: Started;
  let tools: ToolHome;
  beforeEach(() => {
    root = new TemporaryRoot();
    started = new Started();
    tools = new ToolHome(root, started);
    fs.mkdirSync(root.in('docs'));
    fs.mkdirSync(root.in('.bin'));
    fs.writeFileSync(root.in('.bin', 'wlock'), `#!/bin/sh\nexec '${process.execPath}' '${cliFile}' "$@"\n`, {
      mode: 0o755,
    });
  });
  afterEach(async () => {
    // Keepers end with the locks that they keep.
    for (const { id, token } of (await listJson(root.path)).locks) {
      if (token !== undefined) await runWlock(['release', id, '--token', token], { cwd: root.path });
    }
    await started.endAll();
    root[Symbol.dispose]();
  });

  const answer = (
    event: object | string | Buffer,
    words: readonly string[] = [],
    environment = {},
  ): Promise<Answered> =>
    answerTo(event, { cwd: root.path, words, environment: { ...surroundings(), ...environment } });

  /** Sockets, too, are gone with the test. */
  const surroundings = (): NodeJS.ProcessEnv => ({ ...tools.environment, XDG_RUNTIME_DIR: root.in('.run') });

  /** An independent loop of little-loops takes a path and keeps it. */
  async function loopHolds(file: string): Promise<StartedProgram> {
    const loop = tools.start('little-loops', 1_000, { file });
    await waitFor('the loop holds it', () => root.records().length > 0);
    return loop;
  }

  async function held(place: string, environment: NodeJS.ProcessEnv = {}): Promise<StartedProgram> {
    const words = [
      'run',
      '--path',
      place,
      '--holder',
      'nightly',
      '--reason',
      'long\u202e run',
      '--',
      'sh',
      '-c',
      'echo in; exec sleep 1000',
    ];
    const program = started.add(spawnWlock(words, { cwd: root.path, environment }));
    await waitFor('it holds', () => program.output.includes('in'));
    return program;
  }

  /** What a process of its own that stands for Claude Code gets for an event. */
  async function agentWith(
    command: string,
    event: object,
  ): Promise<{ readonly agent: StartedProgram; readonly answer: Answered }> {
    const env = {
      ...process.env,
      ...noClaude,
      ...surroundings(),
      PATH: `${root.in('.bin')}:${process.env['PATH'] ?? ''}`,
    };
    const words = ['-e', agentProgram, command, JSON.stringify({ cwd: root.path, ...event })];
    const agent = started.add(spawn(process.execPath, words, { cwd: root.path, env }));
    await waitFor('the hook has answered', () => agent.output.includes('\n'));
    const { code, out, err } = JSON.parse(agent.output) as { code: number; out: string; err: string };
    assert.equal(code, 0, err);
    return { agent, answer: answered(out, err) };
  }

  const holders = async (): Promise<readonly string[]> =>
    (await listJson(root.path)).locks.map(({ holder }) => holder.name);

  const nobodyHolds = (): Promise<boolean> =>
    waitFor('nobody holds a lock', async () => (await holders()).length === 0);

  describe('before an edit', () => {
    it('denies it where an independent loop has locked the file, and lets it pass once that has ended', async () => {
      const loop = await loopHolds('src');
      const { denied = '' } = await answer(writeOf(root.in('src', 'a.py')));
      assert.match(
        denied,
        /^src\/a\.py is locked by somebody else, so it was not changed\.\n- src: held by nightly, for /,
      );
      assert.match(denied, /Held by a running process: process \d+ is alive\.\n.*Choose another file/s);
      assert.match(
        denied,
        new RegExp(`wlock wait --timeout 100s --root ${root.path} --path ${root.in('src', 'a.py')}$`),
      );

      loop.kill('SIGTERM');
      await loop.ended();
      assert.equal(
        (await answer(writeOf(root.in('src', 'a.py')))).stdout,
        '',
        'it says nothing, so that its user is asked',
      );
    });

    it('says why the holder has it, as nobody can write over it', async () => {
      await held('src');
      const { denied = '' } = await answer(writeOf(root.in('src', 'a.py')));
      assert.match(denied, /held by nightly, for .*, because: long\\u\{202e\} run, id [0-9a-f-]{36}\./);
    });

    it('asks for each of the tools that write, and for no other', async () => {
      await held('src');
      for (const tool_name of ['Edit', 'Write', 'MultiEdit']) {
        assert.ok((await answer(writeOf(root.in('src', 'a.py'), { tool_name }))).denied, tool_name);
      }
      assert.ok((await answer(writeOf(root.in('src', 'a.ipynb')))).denied, 'NotebookEdit');
      for (const tool_name of ['Bash', 'Read', 'constructor', 'mcp__locks__acquire_lock']) {
        const { stdout, stderr } = await answer(writeOf(root.in('src', 'a.py'), { tool_name }));
        assert.deepEqual([stdout, stderr], ['', ''], tool_name);
      }
    });

    it('knows a file that is not there yet, in folders that are not there yet', async () => {
      await held('src');
      assert.ok((await answer(writeOf(root.in('src', 'new', 'deep', 'b.py')))).denied);
      assert.equal((await answer(writeOf(root.in('docs', 'new', 'b.md')))).stdout, '');
    });

    it('knows a file behind links, and by a path that counts from a folder below', async () => {
      await held('src');
      fs.symlinkSync(root.in('src', 'a.py'), root.in('docs', 'link.py'));
      fs.symlinkSync(root.in('src'), root.in('docs', 'folder'));
      assert.ok((await answer(writeOf(root.in('docs', 'link.py')))).denied);
      assert.ok((await answer(writeOf(root.in('docs', 'folder', 'new.py')))).denied);
      assert.ok((await answer(writeOf('../src/a.py', { cwd: root.in('docs') }))).denied);
      assert.equal((await answer(writeOf('a.py', { cwd: root.in('docs') }))).stdout, '');
    });

    it('knows the target of a link that leads to nothing yet, which a write makes, and the link itself', async () => {
      await held('src');
      fs.symlinkSync('../src/new.py', root.in('docs', 'dangling.py'));
      fs.symlinkSync('dangling.py', root.in('docs', 'twice.py'));
      fs.symlinkSync('../docs/new.md', root.in('src', 'out.md'));
      fs.symlinkSync('circle', root.in('docs', 'circle'));
      for (const name of ['docs/dangling.py', 'docs/twice.py', 'src/out.md']) {
        assert.ok((await answer(writeOf(root.in(name)))).denied, name);
      }
      assert.match((await answer(writeOf(root.in('docs', 'dangling.py')))).denied ?? '', /^src\/new\.py is locked/);
      const { stdout, stderr } = await answer(writeOf(root.in('docs', 'circle')));
      assert.deepEqual([stdout, stderr], ['', '']);
    });

    it('asks the workspaces around that of the file too, and takes a lock in one for its own', async () => {
      fs.mkdirSync(root.in('src', 'sub', '.git'), { recursive: true });
      fs.mkdirSync(root.in('src', 'sub', 'deep', '.git'), { recursive: true });
      await held('src', { WLOCK_SESSION: 'mine' });
      for (const name of ['src/sub/a.py', 'src/sub/deep/a.py']) {
        const { denied = '' } = await answer(writeOf(root.in(name)), ['--acquire']);
        assert.match(
          denied,
          new RegExp(`^${name} is locked by somebody else.*held by nightly.*--root ${root.path} `, 's'),
        );
        const { stdout, stderr } = await answer(writeOf(root.in(name)), [], { WLOCK_SESSION: 'mine' });
        assert.deepEqual([stdout, stderr], ['', ''], name);
      }
    });

    it('asks the workspaces where the agent works too, whose locks may reach out of them', async () => {
      const elsewhere = new TemporaryRoot();
      try {
        fs.mkdirSync(elsewhere.in('.git'));
        const { pid } = started.add(spawn('sleep', ['1000']));
        const record = { loop_name: 'far', scope: [elsewhere.in('a.py')], pid, started_at: new Date().toISOString() };
        fs.mkdirSync(root.running, { recursive: true });
        fs.writeFileSync(root.in('.loops', '.running', 'far.lock'), JSON.stringify(record));
        const { environment } = tools;
        const event = writeOf(elsewhere.in('a.py'));
        assert.ok((await answerTo(event, { cwd: root.path, environment })).denied, 'cwd');
        const project = { ...environment, CLAUDE_PROJECT_DIR: root.path };
        assert.ok((await answerTo(event, { cwd: elsewhere.path, environment: project })).denied, 'project');
        assert.equal((await answerTo(event, { cwd: elsewhere.path, environment })).stdout, '', 'neither');
      } finally {
        elsewhere[Symbol.dispose]();
      }
    });

    it('lets pass and says what it could not ask where the locks around cannot be read', async () => {
      fs.mkdirSync(root.in('docs', 'sub', '.git'), { recursive: true });
      fs.writeFileSync(root.in('.wlock.json'), '{"lopsDir": 5}');
      const { denied, systemMessage = '' } = await answer(writeOf(root.in('docs', 'sub', 'a.py')));
      fs.rmSync(root.in('.wlock.json'));
      assert.equal(denied, undefined);
      assert.match(systemMessage, /^wlock hook: the workspace \S+ was not asked: .*\.wlock\.json cannot be used/);
    });

    it('asks the workspace in which the file lies, wherever the agent stands', async () => {
      await held('src');
      const elsewhere = new TemporaryRoot();
      try {
        fs.mkdirSync(elsewhere.in('.git'));
        const from = { cwd: elsewhere.path, environment: tools.environment };
        assert.ok((await answerTo(writeOf(root.in('src', 'a.py')), from)).denied);
        assert.equal((await answerTo(writeOf(elsewhere.in('src', 'a.py')), from)).stdout, '');
      } finally {
        elsewhere[Symbol.dispose]();
      }
    });

    it('lets it pass where the holder is gone, and where there is no workspace', async () => {
      const program = await held('src');
      program.kill('SIGKILL');
      await program.ended();
      assert.equal((await answer(writeOf(root.in('src', 'a.py')))).stdout, '');
      const nowhere = new TemporaryRoot();
      try {
        const said = await answerTo(writeOf(nowhere.in('a.py')), { cwd: nowhere.path, words: ['--acquire'] });
        assert.deepEqual([said.stdout, said.stderr], ['', '']);
        assert.deepEqual(fs.readdirSync(nowhere.path), []);
      } finally {
        nowhere[Symbol.dispose]();
      }
    });

    it('takes a lock of the session in which the agent was started for its own', async () => {
      await held('src', { WLOCK_SESSION: 'mine' });
      assert.equal(
        (await answer(writeOf(root.in('src', 'a.py')), ['--acquire'], { WLOCK_SESSION: 'mine' })).stdout,
        '',
      );
      assert.equal((await holders()).length, 1, 'and locks nothing again');
      assert.ok((await answer(writeOf(root.in('src', 'a.py')), [], { WLOCK_SESSION: 'another' })).denied);
    });

    it('lets an agent work under the lock of the loop that has started it', async () => {
      const script = [
        'import json, subprocess, sys',
        `sys.path.insert(0, ${JSON.stringify(peersFolder)})`,
        'from little_loops import Loops',
        'Loops(sys.argv[1]).acquire("nightly", ["src"])',
        'print(json.dumps(subprocess.run(sys.argv[3:], input=sys.argv[2], capture_output=True, text=True).stdout), flush=True)',
        'sys.stdin.read()',
      ].join('\n');
      const event = JSON.stringify({ cwd: root.path, ...writeOf(root.in('src', 'a.py')) });
      const words = ['-c', script, root.path, event, process.execPath, cliFile, 'hook', 'claude-code'];
      const loop = started.add(
        spawn(pythonFile(), words, { cwd: root.path, env: { ...process.env, ...tools.environment } }),
      );
      assert.equal(await waitFor('its agent has asked', () => loop.output.trim() || undefined), '""', loop.errors);
      assert.ok((await answer(writeOf(root.in('src', 'a.py')))).denied, 'and no other agent');
    });

    it('takes what the agent has locked over MCP for its own, and no other agent’s', async () => {
      const server = started.add(startServer(root, tools));
      await waitFor('the server has locked it', () => server.output.includes('"granted":true'));
      assert.equal((await answer(writeOf(root.in('src', 'a.py')))).stdout, '');
      const { answer: others } = await agentWith('wlock hook claude-code', writeOf(root.in('src', 'a.py')));
      assert.match(others.denied ?? '', /held by/);
    });
  });

  describe('with what is not in order', () => {
    it('lets pass what it does not understand, and says so in one line', async () => {
      const events: readonly [string, object | string | Buffer, RegExp][] = [
        ['no JSON', '{"hook_event_name": ', /no JSON/],
        ['nothing', '', /no JSON/],
        ['binary', Buffer.from([0xff, 0x00, 0x80]), /no JSON/],
        ['a list', '[]', /no object/],
        ['another event', { hook_event_name: 'PreCompact' }, /"PreCompact" is no event of this hook/],
        ['no name of an event', { session_id: session }, /no text hook_event_name/],
        ['no file', writeOf('x', { tool_input: {} }), /no text file_path/],
        ['no input', writeOf('x', { tool_input: null }), /tool_input is no object/],
        ['a session that is no id', writeOf('x', { session_id: "'; reboot\n" }), /session_id is no id/],
        ['a folder that is no text', writeOf('x', { cwd: 5 }), /no text cwd/],
        ['a path longer than any', writeOf(`/${'a/'.repeat(1_000_000)}`), /file_path is longer than any file’s path/],
        ['17 MiB', JSON.stringify(writeOf('x', { content: 'x'.repeat(17 * 1024 ** 2) })), /more than 16777216 bytes/],
      ];
      for (const [is, event, says] of events) {
        const { stdout, stderr } = await answer(event);
        assert.equal(stdout, '', is);
        assert.match(stderr, /^wlock hook: nothing was checked: [^\n]+\n$/, is);
        assert.match(stderr, says, is);
      }
    });

    it('lets pass where the locks cannot be read, and tells the user too', async () => {
      fs.writeFileSync(root.in('.wlock.json'), '{"lopsDir": 5}');
      const { denied, systemMessage = '', stderr } = await answer(writeOf(root.in('src', 'a.py')));
      fs.rmSync(root.in('.wlock.json'));
      assert.equal(denied, undefined);
      assert.match(systemMessage, /^wlock hook: nothing was checked: .*\.wlock\.json cannot be used/);
      assert.equal(stderr, `${systemMessage}\n`);
    });

    it('lets pass where the root that somebody names is none', async () => {
      const { systemMessage = '' } = await answer(writeOf(root.in('src', 'a.py')), [], { WLOCK_ROOT: '/no/such' });
      assert.match(systemMessage, /The root \/no\/such does not exist/);
    });
  });

  describe('with --acquire', () => {
    it('locks a file before its first edit, once, so that another session is denied, and gives it back at the end', async () => {
      for (let edit = 0; edit < 2; edit++) {
        assert.equal((await answer(writeOf(root.in('src', 'a.py')), ['--acquire'])).stdout, '');
      }
      assert.equal((await answer(writeOf(root.in('src', 'b.py')), ['--acquire'])).stdout, '');
      assert.deepEqual(await holders(), ['claude-code 3f2a9c1e', 'claude-code 3f2a9c1e']);

      const another = writeOf(root.in('src', 'a.py'), { session_id: 'another-one' });
      const { denied = '' } = await answer(another, ['--acquire']);
      assert.match(denied, /held by claude-code 3f2a9c1e, .*because: edited in a session of Claude Code/);
      assert.ok((await answer(another)).denied, 'also one that locks nothing itself');

      await answer({ hook_event_name: 'SessionEnd', session_id: 'another-one', reason: 'other' });
      assert.equal((await holders()).length, 2, 'the end of another session');
      const { stdout, stderr } = await answer({ hook_event_name: 'SessionEnd', session_id: session, reason: 'clear' });
      assert.deepEqual([stdout, stderr, await holders()], ['', '', []]);
      assert.equal((await answer(another, ['--acquire'])).stdout, '');
    });

    it('locks all files of a session with one keeper, and goes on with another where that is killed', async () => {
      const keepers = async (): Promise<ReadonlySet<number | undefined>> =>
        new Set(
          (await listJson(root.path)).locks.filter(({ verdict }) => verdict === 'live').map(({ holder }) => holder.pid),
        );
      const edit = async (name: string): Promise<void> =>
        assert.equal((await answer(writeOf(root.in('src', name)), ['--acquire'])).stdout, '');
      for (const name of ['a.py', 'b.py', 'c.py']) await edit(name);
      const [keeper, another] = await keepers();
      assert.deepEqual([(await holders()).length, another], [3, undefined]);

      await loopHolds('docs');
      assert.match((await answer(writeOf(root.in('docs', 'd.md')), ['--acquire'])).denied ?? '', /held by nightly/);
      process.kill(keeper ?? assert.fail(), 'SIGKILL');
      await waitFor('its locks are stale', async () => !(await keepers()).has(keeper));
      for (const name of ['a.py', 'b.py']) await edit(name);
      const now = await keepers();
      assert.deepEqual([now.has(keeper), now.size], [false, 2], 'the new one, and the loop');
    });

    for (const [is, makeFolder] of [
      ['is too long for a socket', () => root.in('x'.repeat(120))],
      ['is one that others may write to', () => root.in('shared')],
      ['is not to be made', () => root.in('src', 'a.py', 'below')],
    ] as const) {
      it(`locks each file with a keeper of its own where the folder of sockets ${is}`, async () => {
        const folder = makeFolder();
        const place = { XDG_RUNTIME_DIR: folder };
        if (is.includes('others')) {
          fs.mkdirSync(root.in('shared', `wlock-${process.getuid?.()}`), { recursive: true });
          fs.chmodSync(root.in('shared', `wlock-${process.getuid?.()}`), 0o777);
        }
        for (const name of ['a.py', 'b.py']) {
          const { stdout, stderr } = await answer(writeOf(root.in('src', name)), ['--acquire'], place);
          assert.deepEqual([stdout, stderr], ['', '']);
        }
        const { locks } = await listJson(root.path);
        assert.equal(new Set(locks.map(({ holder }) => holder.pid)).size, 2);
      });
    }

    it('gives back at the end what it locked for the project, wherever the agent stands by then', async () => {
      await answer(writeOf(root.in('src', 'a.py')), ['--acquire']);
      const end = { hook_event_name: 'SessionEnd', session_id: session, cwd: '/' };
      await answer(end, [], { CLAUDE_PROJECT_DIR: root.path });
      assert.deepEqual(await holders(), []);
    });

    it('is seen by an independent loop', async () => {
      await answer(writeOf(root.in('src', 'a.py')), ['--acquire']);
      const loop = tools.start('little-loops', 0);
      assert.equal((await loop.ended()).code, 1, loop.output);
    });

    it('denies what an independent loop has locked, and locks nothing then', async () => {
      await loopHolds('src');
      assert.match((await answer(writeOf(root.in('src', 'a.py')), ['--acquire'])).denied ?? '', /held by nightly/);
      assert.deepEqual(await holders(), ['nightly']);
    });

    it('lets edits of one session on one file pass that come at once', async () => {
      const all = await Promise.all([1, 2, 3, 4].map(() => answer(writeOf(root.in('src', 'a.py')), ['--acquire'])));
      for (const { stdout, stderr } of all) assert.deepEqual([stdout, stderr], ['', '']);
      assert.ok((await answer(writeOf(root.in('src', 'a.py'), { session_id: 'another-one' }))).denied);
      await answer({ hook_event_name: 'SessionEnd', session_id: session });
      assert.deepEqual(await holders(), []);
    });

    it('lets one of two sessions pass that ask at once', async () => {
      const sessions = ['one', 'two', 'three'];
      const all = await Promise.all(
        sessions.map((session_id) => answer(writeOf(root.in('src', 'a.py'), { session_id }), ['--acquire'])),
      );
      assert.equal(all.filter(({ denied }) => denied === undefined).length, 1);
      assert.equal((await holders()).length, 1);
    });

    for (const command of [
      'wlock hook claude-code --acquire',
      'wlock hook claude-code --acquire --pid $PPID; exit 0',
    ]) {
      it(`frees everything once the agent that runs \`${command}\` is killed`, async () => {
        const { agent, answer: said } = await agentWith(command, writeOf(root.in('src', 'a.py')));
        assert.deepEqual([said.stdout, said.stderr], ['', '']);
        assert.ok((await answer(writeOf(root.in('src', 'a.py')))).denied === undefined, 'the same session');
        assert.ok((await answer(writeOf(root.in('src', 'a.py'), { session_id: 'another-one' }))).denied);
        agent.kill('SIGKILL');
        await agent.ended();
        await nobodyHolds();
        assert.equal((await answer(writeOf(root.in('src', 'a.py'), { session_id: 'another-one' }))).stdout, '');
      });
    }

    it('lets the edit pass where the agent is not to be found, and says that it is not locked', async () => {
      const gone = started.add(spawn('true'));
      await gone.ended();
      const { denied, systemMessage = '' } = await answer(writeOf(root.in('src', 'a.py')), [
        '--acquire',
        '--pid',
        String(gone.pid),
      ]);
      assert.deepEqual([denied, await holders()], [undefined, []]);
      assert.match(systemMessage, /it is free, but could not be locked for this session: The agent’s process/);
    });
  });

  describe('when a session begins', () => {
    const start = { hook_event_name: 'SessionStart', session_id: session, source: 'startup' };

    it('tells who has locked what, and nothing where nobody has', async () => {
      assert.equal((await answer(start)).stdout, '');
      await held('src');
      const { context = '' } = await answer(start);
      assert.match(context, /\n- src: held by nightly, .*because: long\\u\{202e\} run.*\n.*is denied/);
    });

    it('tells of twenty at most, and how many more there are', async () => {
      const records = Array.from({ length: 30 }, (_, i) => `f${i}`);
      fs.mkdirSync(root.running, { recursive: true });
      const alive = started.add(spawn('sleep', ['1000']));
      for (const name of records) {
        const record = {
          loop_name: name,
          scope: [root.in(name)],
          pid: alive.pid,
          started_at: new Date().toISOString(),
        };
        fs.writeFileSync(root.in('.loops', '.running', `${name}.lock`), JSON.stringify(record));
      }
      const lines = ((await answer(start)).context ?? '').split('\n');
      assert.deepEqual([lines.length, lines.at(-2)], [22, 'and 11 more']);
    });

    it('tells the agent’s shells that they are of its session, so that its own commits are not refused', async () => {
      const file = root.in('env.sh');
      await answer(start, [], { CLAUDE_ENV_FILE: file });
      await answer(writeOf(root.in('src', 'a.py')), ['--acquire']);
      const words = ['-c', `. '${file}' && exec '${process.execPath}' '${cliFile}' check src/a.py`];
      const check = started.add(spawn('sh', words, { cwd: root.path }));
      assert.equal((await check.ended()).code, 0, check.output);
      assert.equal((await runWlock(['check', 'src/a.py'], { cwd: root.path })).code, 3);

      fs.rmSync(file);
      await answer(start, [], { CLAUDE_ENV_FILE: file, WLOCK_SESSION: 'mine' });
      assert.ok(!fs.existsSync(file), 'they know already');
    });
  });
});

/** A server of locks, which locks `src` for whoever has started it. */
function startServer(root: TemporaryRoot, tools: ToolHome): ReturnType<typeof spawnWlock> {
  const server = spawnWlock(['mcp'], { cwd: root.path, environment: tools.environment });
  const say = (message: object): void => void server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const clientInfo = { name: 'claude-code', version: '1' };
  say({ id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo } });
  say({ method: 'notifications/initialized' });
  say({ id: 2, method: 'tools/call', params: { name: 'acquire_lock', arguments: { paths: ['src'] } } });
  return server;
}
