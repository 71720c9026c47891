/** `wlock hook claude-code install` and `uninstall`, on settings files as people have them. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { assertRefused } from './expectations.ts';
import { answered, noClaude, writeOf, type Answered } from './hookEvents.ts';
import { cliFile, pythonFile } from './programs.ts';
import { Started, type StartedProgram } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock, type WlockResult } from './wlock.ts';

const theirs = { matcher: 'Bash', hooks: [{ type: 'command', command: 'audit' }] };
const rich = {
  permissions: { allow: ['Bash(npm test:*)'], deny: [] },
  hooks: { PreToolUse: [theirs], Stop: [{ hooks: [{ type: 'command', command: 'notify' }] }] },
  model: 'opus',
};

/** Settings as they stand in files; each has to come back byte for byte. */
const files: Readonly<Record<string, string>> = {
  'as Claude Code writes them': `${JSON.stringify(rich, undefined, 2)}\n`,
  'with tabs': `${JSON.stringify(rich, undefined, '\t')}\n`,
  'with four spaces, and no end of the last line': JSON.stringify(rich, undefined, 4),
  'with the line ends of Windows': `${JSON.stringify(rich, undefined, 2)}\n`.replaceAll('\n', '\r\n'),
  'on one line': JSON.stringify(rich),
  'with lists on one line, and spaces of its own':
    '{\n  "permissions": { "allow": ["Bash(ls)",  "Read"] },\n\n  "hooks" : {\n    "PreToolUse": [{ "matcher": "Bash", "hooks": [] }]\n  }\n}\n\n',
  'with nothing about hooks': '{\n  "model": "opus",\n  "limit": 1.0e3\n}\n',
  'with an escaped key, and a text that looks like ours':
    '{\n  "\\u006dodel": "}, {\\"hooks\\": []}",\n  "env": {}\n}\n',
  'with a key twice': '{\n  "hooks": 5,\n  "hooks": {\n    "Stop": []\n  }\n}\n',
};

describe('wlock hook claude-code install', () => {
  let root: TemporaryRoot;
  let started: Started;
  let file: string;
  beforeEach(() => {
    root = new TemporaryRoot();
    started = new Started();
    fs.mkdirSync(root.in('.git'));
    fs.mkdirSync(root.in('src'));
    fs.mkdirSync(root.in('.claude'));
    file = root.in('.claude', 'settings.json');
  });
  afterEach(async () => {
    await started.endAll();
    root[Symbol.dispose]();
  });

  const environment = (): NodeJS.ProcessEnv => ({ ...noClaude, HOME: root.in('home') });
  const run = (...words: readonly string[]): Promise<WlockResult> =>
    runWlock(['hook', 'claude-code', ...words], { cwd: root.in('src'), environment: environment() });
  const install = async (...words: readonly string[]): Promise<string> => {
    const { code, stderr } = await run('install', '--yes', ...words);
    assert.equal(code, 0, stderr);
    return stderr;
  };
  const uninstall = async (...words: readonly string[]): Promise<string> => {
    const { code, stderr } = await run('uninstall', '--yes', ...words);
    assert.equal(code, 0, stderr);
    return stderr;
  };
  const read = (): string => fs.readFileSync(file, 'utf8');

  interface Asking {
    readonly program: StartedProgram;
    readonly say: (answer: string) => void;
  }
  /** It has shown the change, and asks. */
  const installOnTerminal = async (): Promise<Asking> => {
    const terminal = 'import os, pty, sys; sys.exit(os.WEXITSTATUS(pty.spawn(sys.argv[1:])))';
    const words = ['-c', terminal, process.execPath, cliFile, 'hook', 'claude-code', 'install'];
    const child = spawn(pythonFile(), words, { cwd: root.path, env: { ...process.env, ...environment() } });
    const program = started.add(child);
    await waitFor('it asks', () => program.output.includes('Type yes to make this change: '));
    assert.match(program.output, /\+ +"PreToolUse"/);
    return { program, say: (answer) => void child.stdin.write(`${answer}\n`) };
  };

  interface Group {
    readonly matcher?: string;
    readonly hooks: readonly { readonly type: string; readonly command: string; readonly timeout: number }[];
  }
  const hooksIn = (text: string): Readonly<Record<string, readonly Group[]>> =>
    (JSON.parse(text) as { hooks: Record<string, Group[]> }).hooks;

  for (const [is, text] of Object.entries(files)) {
    it(`leaves all else as it was in settings ${is}, and uninstall leaves no trace`, async () => {
      fs.writeFileSync(file, text);
      const before = JSON.parse(text) as { hooks?: Record<string, Group[]> };
      for (const words of [[], ['--acquire']]) {
        assert.match(await install(...words), /^\S+settings\.json:\n[-+] /);
        const once = read();
        const { hooks, ...rest } = JSON.parse(once) as { hooks: Record<string, Group[]> };
        const { hooks: hooksBefore = {}, ...restBefore } = before;
        assert.deepEqual(rest, restBefore);
        for (const [event, groups] of Object.entries(hooksBefore)) {
          assert.deepEqual(hooks[event]?.slice(0, groups.length), groups, event);
        }
        const group = hooks['PreToolUse']?.at(-1);
        assert.equal(group?.matcher, 'Edit|Write|MultiEdit|NotebookEdit');
        assert.match(group.hooks[0]?.command ?? '', words.length > 0 ? / --acquire / : /claude-code --pid/);
        assert.equal('SessionEnd' in hooks, words.length > 0);
        assert.match(await install(...words), /^Already installed in /);
        assert.equal(read(), once);
      }
      assert.match(await uninstall(), /^\S+settings\.json:\n[-+] /);
      assert.equal(read(), text);
      assert.match(await uninstall(), /^Nothing to take out of /);
      assert.equal(read(), text);
    });
  }

  it('makes the file where there is none, and takes it away again', async () => {
    for (const empty of [undefined, '']) {
      if (empty === undefined) fs.rmdirSync(root.in('.claude'));
      else fs.writeFileSync(file, empty);
      await install('--acquire');
      assert.deepEqual(Object.keys(hooksIn(read())), ['PreToolUse', 'SessionStart', 'SessionEnd']);
      assert.match(read(), /^\{\n {2}"hooks": \{\n {4}"PreToolUse": \[\n {6}\{\n {8}"matcher"/);
      assert.match(await uninstall(), /\n- \{\n(- .*\n)+- \}\nTaken out/);
      assert.ok(!fs.existsSync(file));
    }
  });

  it('leaves a file that others may have a part in, with nothing in it', async () => {
    for (const [text, left] of [
      ['{}', '{}'],
      ['\n{}\n', '\n{}\n'],
      ['{"hooks": {"PreToolUse": []}}', '{}'],
    ] as const) {
      fs.writeFileSync(file, text);
      await install();
      assert.match(await uninstall(), /Taken out/);
      assert.equal(read(), left);
    }
  });

  it('knows its own line where its user has changed it, or another version has written it', async () => {
    for (const line of ['wlock hook claude-code', 'cd /x && npx wlock hook claude-code --pid 5 --new-option || true']) {
      const group = { matcher: 'Edit', hooks: [{ type: 'command', command: line, timeout: 99 }] };
      fs.writeFileSync(file, JSON.stringify({ hooks: { PreToolUse: [theirs, group] } }, undefined, 2));
      await install();
      const [first, second, third] = hooksIn(read())['PreToolUse'] ?? [];
      assert.deepEqual([first, second?.matcher, third], [theirs, 'Edit|Write|MultiEdit|NotebookEdit', undefined]);

      fs.writeFileSync(file, JSON.stringify({ hooks: { PreToolUse: [theirs, group] } }, undefined, 2));
      await uninstall();
      assert.equal(read(), JSON.stringify({ hooks: { PreToolUse: [theirs] } }, undefined, 2));
    }
  });

  it('refuses a file that its owner has made read-only, and changes nothing', async () => {
    const options = { cwd: root.path, environment: environment() };
    for (const [what, text] of [
      ['install', '{ "model": "opus" }\n'],
      ['uninstall', JSON.stringify({ hooks: { Stop: [{ hooks: [{ command: 'wlock hook claude-code' }] }] } })],
    ] as const) {
      fs.rmSync(file, { force: true });
      fs.writeFileSync(file, text, { mode: 0o444 });
      const says = /settings\.json cannot be changed: it is read-only/;
      await assertRefused(['hook', 'claude-code', what, '--yes'], options, {
        exit: 1,
        code: 'bad-configuration',
        says,
      });
      assert.equal(read(), text);
      assert.equal(fs.statSync(file).mode & 0o777, 0o444);
    }
  });

  it('takes away only its own of what stands in one list, wherever others have put theirs since', async () => {
    await install();
    const { hooks } = JSON.parse(read()) as { hooks: Record<string, Group[]> };
    const ours = hooks['PreToolUse']?.[0]?.hooks[0] ?? assert.fail();
    const other = { type: 'command', command: 'wlock hooks', timeout: 10 };
    const mixed = { hooks: { PreToolUse: [theirs, { matcher: 'Edit', hooks: [other, ours, other] }, theirs] } };
    fs.writeFileSync(file, JSON.stringify(mixed, undefined, 2));
    await uninstall();
    const left = { hooks: { PreToolUse: [theirs, { matcher: 'Edit', hooks: [other, other] }, theirs] } };
    assert.equal(read(), JSON.stringify(left, undefined, 2));
  });

  it('writes where Claude Code looks, for the project, for one person in it, or for all of his', async () => {
    await install('--local');
    assert.deepEqual(fs.readdirSync(root.in('.claude')), ['settings.local.json']);
    await install('--user');
    assert.ok(fs.existsSync(root.in('home', '.claude', 'settings.json')));
    const config = { ...environment(), CLAUDE_CONFIG_DIR: root.in('config') };
    const words = ['hook', 'claude-code', 'install', '--user', '--yes'];
    assert.equal((await runWlock(words, { cwd: root.path, environment: config })).code, 0);
    assert.ok(fs.existsSync(root.in('config', 'settings.json')));
    await uninstall('--local');
    assert.deepEqual(fs.readdirSync(root.in('.claude')), []);
  });

  it('shows the change and refuses where nobody can be asked', async () => {
    fs.writeFileSync(file, '{}\n');
    const { code, stderr } = await run('install');
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^\S+settings\.json:\n- \{\}\n\+ \{\n[^]*\nwlock: This change of .* needs a confirmation; nothing/,
    );
    assert.equal(read(), '{}\n');
    const { stdout } = await run('install', '--json');
    const { ok, error } = JSON.parse(stdout) as { ok: boolean; error: { code: string } };
    assert.deepEqual([ok, error.code], [false, 'usage']);
  });

  it('asks on a terminal, and changes nothing but for a yes', async () => {
    for (const [answer, code] of [
      ['no', 1],
      ['yes', 0],
    ] as const) {
      const { program, say } = await installOnTerminal();
      assert.ok(!fs.existsSync(file));
      say(answer);
      assert.equal((await program.ended()).code, code, program.output);
      assert.equal(fs.existsSync(file), answer === 'yes');
    }
  });

  it('refuses a change that somebody else has overtaken while it asked', async () => {
    fs.writeFileSync(file, '{}\n');
    const { program, say } = await installOnTerminal();
    fs.writeFileSync(file, '{ "model": "opus" }\n');
    say('yes');
    assert.equal((await program.ended()).code, 1, program.output);
    assert.equal(read(), '{ "model": "opus" }\n');
  });

  it('keeps a link and what others may do with the file', async () => {
    const target = root.in('dotfiles.json');
    fs.writeFileSync(target, '{ "model": "opus" }\n', { mode: 0o600 });
    fs.symlinkSync('../dotfiles.json', file);
    await install();
    assert.ok(fs.lstatSync(file).isSymbolicLink());
    assert.match(fs.readFileSync(target, 'utf8'), /PreToolUse/);
    assert.equal(fs.statSync(target).mode & 0o777, 0o600);
    assert.deepEqual(
      fs.readdirSync(root.path).filter((name) => name.includes('.wlock-')),
      [],
    );
    await uninstall();
    assert.equal(fs.readFileSync(target, 'utf8'), '{ "model": "opus" }\n');

    fs.rmSync(target);
    await install();
    assert.ok(fs.lstatSync(file).isSymbolicLink());
    assert.match(fs.readFileSync(target, 'utf8'), /PreToolUse/);
  });

  for (const [is, content, says] of [
    ['half-written', '{"hooks": {', /it is not JSON/],
    ['with comments', '{\n  // mine\n}\n', /it is not JSON/],
    ['a list', '[]\n', /it is JSON, but no object/],
    ['with hooks that are a list', '{"hooks": []}\n', /its hooks is no object/],
    ['with an event that is no list', '{"hooks": {"PreToolUse": {}}}\n', /its hooks\.PreToolUse is no list/],
    ['with a byte order mark', '\u{feff}{}\n', /begins with a byte order mark/],
    ['with nothing but a byte order mark', '\u{feff}', /begins with a byte order mark/],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), /not valid/],
  ] as const) {
    it(`refuses settings ${is}, and changes nothing`, async () => {
      fs.writeFileSync(file, content);
      const options = { cwd: root.path, environment: environment() };
      const words = ['hook', 'claude-code', 'install', '--yes'];
      await assertRefused(words, options, { exit: 1, code: 'bad-configuration', says });
      assert.deepEqual(fs.readFileSync(file), Buffer.from(content));
      assert.deepEqual(fs.readdirSync(root.in('.claude')), ['settings.json']);
    });
  }

  describe('what it installs', () => {
    const bin = (): string => root.in('bin');
    const put = (script: string): void => {
      fs.mkdirSync(bin(), { recursive: true });
      fs.writeFileSync(path.join(bin(), 'wlock'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    };
    /** As Claude Code runs it, for the event at which it is installed. */
    const fire = (event: object): Answered => {
      const [group] = hooksIn(read())['PreToolUse'] ?? [];
      const command = group?.hooks[0]?.command ?? assert.fail();
      const PATH = `${bin()}:/usr/bin:/bin`;
      const input = JSON.stringify({ cwd: root.path, ...event });
      const options = { cwd: root.path, env: { ...environment(), PATH }, input, encoding: 'utf8' } as const;
      const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], options);
      assert.equal(status, 0, stderr);
      return answered(stdout, stderr);
    };

    it('denies and allows', async () => {
      put(`exec '${process.execPath}' '${cliFile}' "$@"`);
      await install();
      const holder = started.add(
        spawnWlock(['run', '--path', 'src', '--', 'sh', '-c', 'echo in; exec sleep 1000'], { cwd: root.path }),
      );
      await waitFor('it holds', () => holder.output.includes('in'));
      assert.match(fire(writeOf(root.in('src', 'a.ts'))).denied ?? '', /^src\/a\.ts is locked by somebody else/);
      const { stdout, stderr } = fire(writeOf(root.in('README.md')));
      assert.deepEqual([stdout, stderr], ['', '']);
    });

    it('warns in one line and lets pass where wlock is not to be found', async () => {
      await install();
      const { stdout, stderr } = fire(writeOf(root.in('src', 'a.ts')));
      assert.equal(stdout, '');
      assert.equal(stderr, 'wlock hook: wlock is not on the PATH, so locks are not checked\n');
    });

    it('lets pass with a wlock that does not know this command, although that exits 2', async () => {
      put(`echo "error: unknown command 'hook'" >&2; exit 2`);
      await install('--acquire');
      assert.equal(fire(writeOf(root.in('src', 'a.ts'))).stdout, '');
    });
  });
});
