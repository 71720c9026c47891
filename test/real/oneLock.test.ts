/** One lock for all (DESIGN 7), with independent programs on both sides. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { lossCauseOf, type HeldLock } from '../../src/manager/heldLock.ts';
import { openLocks, type LockManager } from '../../src/manager/lockManager.ts';
import { previewScope } from '../../src/manager/scopePreview.ts';
import { listJson, type ListedLock } from './expectations.ts';
import { libraryFile, peersFolder, pythonFile } from './programs.ts';
import { Started, type StartedProgram } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { scopeOfAll, ToolHome, toolNames, type ToolName } from './tools.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock, type WlockResult } from './wlock.ts';

interface Seen extends ListedLock {
  readonly protocol: string;
  readonly projections?: readonly { readonly protocol: string; readonly file: string; readonly covers: string }[];
  readonly unseenBy?: readonly { readonly protocol: string; readonly because: string }[];
}

describe('One lock for all tools', () => {
  let root: TemporaryRoot;
  let started: Started;
  let tools: ToolHome;
  beforeEach(() => {
    root = new TemporaryRoot();
    started = new Started();
    tools = new ToolHome(root, started);
  });
  afterEach(async () => {
    await started.endAll();
    root[Symbol.dispose]();
  });

  const wlock = (words: readonly string[]): Promise<WlockResult> =>
    runWlock(words, { cwd: root.path, environment: tools.environment });
  const startRun = (words: readonly string[]): StartedProgram =>
    started.add(spawnWlock(['run', ...words], { cwd: root.path, environment: tools.environment }));
  const list = async (): Promise<{ locks: readonly Seen[]; conflicts: readonly { a: string; b: string }[] }> =>
    (await listJson(root.path, { cwd: root.path, environment: tools.environment })) as never;
  const swarmFiles = (): readonly string[] => fs.readdirSync(root.in('.agent_locks'));

  async function holdAll(): Promise<StartedProgram> {
    const program = startRun([...scopeOfAll, '--holder', 'one', '--', 'sh', '-c', 'echo in; exec sleep 1000']);
    await waitFor('it holds', () => program.output.includes('in') || !program.isRunning);
    assert.ok(program.isRunning, program.errors);
    return program;
  }

  const exitCodes: Readonly<Record<ToolName, number>> = {
    'little-loops': 1,
    'claude-swarm': 1,
    openclaw: 1,
    agentwire: 3,
  };

  it('makes every tool refuse, and is one lock with its projections', async () => {
    await holdAll();
    const { locks, conflicts } = await list();
    assert.deepEqual([locks.length, conflicts], [1, []]);
    const [lock] = locks;
    assert.deepEqual(lock?.projections?.map(({ protocol, covers }) => `${protocol} ${covers}`).sort(), [
      'agentwire work',
      'claude-swarm src/a.py',
      'openclaw main/work',
    ]);
    assert.equal(lock.unseenBy, undefined);
    for (const tool of toolNames) {
      const asked = tools.start(tool, 0);
      const { code } = await asked.ended();
      assert.equal(code, exitCodes[tool], `${tool}: ${asked.output} ${asked.errors}`);
    }
    assert.equal((await list()).locks.length, 1, 'and it still stands');
  });

  for (const tool of toolNames) {
    it(`is refused because of a lock of ${tool}, by name, and leaves nothing behind`, async () => {
      const peer = tools.start(tool, 1_000);
      await waitFor(`${tool} holds`, () => peer.output.includes('acquired'));
      const before = swarmFiles();
      const refused = await wlock(['run', ...scopeOfAll, '--json', '--', 'true']);
      assert.equal(refused.code, 3, refused.stderr);
      const { conflict } = JSON.parse(refused.stdout) as { conflict: { locks: readonly Seen[] } };
      assert.deepEqual(
        conflict.locks.map(({ protocol, verdict }) => `${protocol} ${verdict}`),
        [tool === 'little-loops' ? 'loops live' : `${tool} live`],
      );
      assert.deepEqual(swarmFiles(), before);
      assert.equal(root.records().filter((name) => name.startsWith('wlock-')).length, 0);

      const waiter = startRun([...scopeOfAll, '--wait', '--', 'echo', 'got it']);
      await waitFor('it waits', () => waiter.errors.includes('Waiting'));
      peer.kill('SIGTERM');
      assert.equal((await waiter.ended(20_000)).code, 0, waiter.errors);
      assert.equal(waiter.output, 'got it\n');
      assert.deepEqual((await list()).locks, []);
    });
  }

  it('of a killed holder blocks nobody: what stood for it goes with the next lock', async () => {
    const victim = await holdAll();
    victim.kill('SIGKILL');
    await victim.ended();
    const { locks } = await list();
    assert.deepEqual(
      locks.filter(({ verdict }) => verdict !== 'stale').map(({ protocol }) => protocol),
      [],
    );
    const next = await wlock(['run', ...scopeOfAll, '--', 'echo', 'in']);
    assert.deepEqual([next.code, next.stdout], [0, 'in\n'], next.stderr);
    assert.deepEqual(swarmFiles(), []);
    assert.deepEqual((await list()).locks, []);
  });

  it('of a killed holder is reaped as one', async () => {
    const victim = startRun(['--path', 'src', '--', 'sh', '-c', 'echo in; exec sleep 1000']);
    await waitFor('it holds', () => victim.output.includes('in'));
    assert.equal(swarmFiles().length, 2, 'a directory is two names there');
    victim.kill('SIGKILL');
    await victim.ended();
    const [lock, ...others] = (await list()).locks;
    assert.deepEqual(others, []);
    assert.deepEqual([lock?.verdict, lock?.projections?.length], ['stale', 2]);
    assert.equal((await wlock(['reap'])).code, 0);
    assert.deepEqual([swarmFiles(), root.records()], [[], []]);
  });

  it('tells its holder when another tool’s file is deleted, and gives the rest back', async () => {
    const holder = startRun([...scopeOfAll, '--', 'sh', '-c', 'echo in; exec sleep 1000']);
    await waitFor('it holds', () => holder.output.includes('in'));
    for (const name of swarmFiles()) fs.unlinkSync(root.in('.agent_locks', name));
    assert.equal((await holder.ended()).code, 5);
    assert.match(holder.errors, /what stood for it at claude-swarm was taken or deleted there/);
    assert.deepEqual((await list()).locks, []);
    assert.deepEqual(root.records(), []);
  });

  it('says which tools do not see a shared lock', async () => {
    const reader = startRun(['--shared', '--path', 'src/a.py', '--', 'sh', '-c', 'echo in; exec sleep 1000']);
    await waitFor('it holds', () => reader.output.includes('in'));
    const [lock] = (await list()).locks;
    assert.deepEqual(lock?.unseenBy, [{ protocol: 'claude-swarm', because: 'it knows no shared locks' }]);
    assert.equal((await tools.start('claude-swarm', 0).ended()).code, 0, 'it indeed does not');
  });

  it('lets a command inside it take a part of it, also where the tools’ files are its own', async () => {
    const inner = await wlock([
      'run',
      ...scopeOfAll,
      '--',
      'sh',
      '-c',
      `"${process.execPath}" "$0" run --path src/a.py --name agentwire:work -- echo inside`,
      path.resolve('dist/cli.cjs'),
    ]);
    assert.deepEqual([inner.code, inner.stdout], [0, 'inside\n'], inner.stderr);
    assert.deepEqual(swarmFiles(), []);
  });

  it('is taken nowhere else where the configuration says so, and still obeys everybody', async () => {
    fs.writeFileSync(root.in('.wlock.json'), JSON.stringify({ oneLockForAll: false }));
    const holder = startRun(['--path', 'src/a.py', '--', 'sh', '-c', 'echo in; exec sleep 1000']);
    await waitFor('it holds', () => holder.output.includes('in'));
    assert.deepEqual(swarmFiles(), []);
    const peer = tools.start('claude-swarm', 1_000);
    await waitFor('claude-swarm holds', () => peer.output.includes('acquired'));
    const { conflicts } = await list();
    assert.equal(conflicts.length, 1, 'two tools that think that they are alone');
    holder.kill('SIGTERM');
    await holder.ended();
    assert.equal((await wlock(['run', '--path', 'src/a.py', '--', 'true'])).code, 3);
  });

  it('shows nothing of a tool that is switched off', async () => {
    fs.writeFileSync(root.in('.wlock.json'), JSON.stringify({ protocols: { 'claude-swarm': false } }));
    const peer = tools.start('claude-swarm', 1_000);
    await waitFor('claude-swarm holds', () => peer.output.includes('acquired'));
    assert.deepEqual((await list()).locks, []);
    assert.equal((await wlock(['run', '--path', 'src/a.py', '--', 'true'])).code, 0);
  });

  it('is refused because of a tool’s lock also where its process holds a lock of little-loops elsewhere', async () => {
    const both = `
import os, subprocess, sys, time
sys.path.insert(0, sys.argv[1])
from openclaw_b import acquire
from little_loops import Loops
Loops(sys.argv[2]).acquire('both', ['docs'], 'both')
acquire('main', 'work', 0)
print('acquired', flush=True)
time.sleep(1000)
`;
    const peer = started.add(
      spawn(pythonFile(), ['-c', both, peersFolder, root.path], {
        cwd: root.path,
        env: { ...process.env, HOME: tools.home, OPENCLAW_STATE_DIR: path.join(tools.home, '.openclaw') },
      }),
    );
    await waitFor('it holds both', () => peer.output.includes('acquired') || !peer.isRunning);
    assert.ok(peer.isRunning, peer.errors);
    assert.equal((await wlock(['run', '--name', 'openclaw:main/work', '--', 'true'])).code, 3);
  });

  it('waits also for a tool that comes while it waits', async () => {
    fs.rmSync(root.in('.agent_locks'), { recursive: true });
    const holder = startRun(['--path', 'src/a.py', '--', 'sh', '-c', 'echo in; exec sleep 1000']);
    await waitFor('it holds', () => holder.output.includes('in'));
    const waiter = startRun(['--path', 'src/a.py', '--wait', '--', 'echo', 'got it']);
    await waitFor('it waits', () => waiter.errors.includes('Waiting'));
    fs.mkdirSync(root.in('.agent_locks'));
    const agent = tools.start('claude-swarm', 1_000);
    await waitFor('the agent holds', () => agent.output.includes('acquired'));
    holder.kill('SIGTERM');
    await holder.ended();
    await waitFor('it waits for the agent', () => waiter.errors.includes('agent-7'));
    assert.equal(waiter.output, '');
    agent.kill('SIGTERM');
    assert.equal((await waiter.ended(20_000)).code, 0, waiter.errors);
  });

  it('shows the others where one tool cannot be read, and refuses only what concerns that one', async () => {
    fs.rmSync(path.join(tools.home, '.agentwire', 'locks'), { recursive: true });
    fs.writeFileSync(path.join(tools.home, '.agentwire', 'locks'), '');
    const peer = tools.start('claude-swarm', 1_000);
    await waitFor('claude-swarm holds', () => peer.output.includes('acquired'));
    const listed = await wlock(['list']);
    assert.equal(listed.code, 0);
    assert.match(listed.stdout, /agent-7/);
    assert.match(listed.stderr, /agentwire’s lock directory .+ cannot be read/);
    assert.equal((await wlock(['run', '--path', 'docs', '--', 'true'])).code, 0);
    const refused = await wlock(['run', '--name', 'agentwire:work', '--', 'true']);
    assert.deepEqual([refused.code, /cannot be read/.test(refused.stderr)], [1, true], refused.stderr);
  });

  it('makes no agent of openclaw out of a mistake in the name', async () => {
    const refused = await wlock(['run', '--name', 'openclaw:mian/work', '--', 'true']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /openclaw has no agent mian/);
    assert.deepEqual(fs.readdirSync(path.join(tools.home, '.openclaw', 'agents')), ['main']);
    assert.deepEqual(root.records(), []);
  });

  it('stays with what a killed wlock leaves behind, for agentwire too', async () => {
    const words = ['--name', 'agentwire:work', '--', 'sh', '-c', 'setsid sleep 1000 & echo $!; wait'];
    const holder = startRun(words);
    await waitFor('it holds', () => holder.output.includes('\n'));
    try {
      holder.kill('SIGKILL');
      await holder.ended();
      assert.equal((await tools.start('agentwire', 0).ended()).code, 3);
    } finally {
      process.kill(Number(holder.output));
    }
  });

  it('is found by check and wait under the name of a session, and not under a path that looks like it', async () => {
    const peer = tools.start('agentwire', 1_000);
    await waitFor('it holds', () => peer.output.includes('acquired'));
    const misread = /^wlock: "agentwire:work" is read as a path\. .+: --name agentwire:work\n$/;
    for (const [command, ...patience] of [['check'], ['wait', '--timeout', '300ms']] as const) {
      const named = await wlock([command, '--name', 'agentwire:work', ...patience]);
      assert.equal(named.code, command === 'check' ? 3 : 4, named.stderr);
      assert.match(named.stdout + named.stderr, /session work/);
      assert.equal((await wlock([command, 'src', '--name', 'agentwire:work', ...patience])).code, named.code);
      assert.equal((await wlock([command, 'src', '--name', 'agentwire:other', ...patience])).code, 0);
      const asPath = await wlock([command, 'agentwire:work', ...patience]);
      assert.equal(asPath.code, 0);
      assert.match(asPath.stderr, misread);
      assert.equal((await wlock([command, ...patience])).code, 2, 'nothing was asked for');
    }
    fs.writeFileSync(root.in('agentwire:work'), '');
    assert.equal((await wlock(['check', 'agentwire:work'])).stderr, '', 'it is a file');
  });

  it('leaves what may not be reaped, and says so and why', async () => {
    const record = { pid: 99_999_999, createdAt: new Date().toISOString() };
    const file = path.join(tools.home, '.openclaw', 'agents', 'main', 'sessions', 'dead.jsonl.lock');
    fs.writeFileSync(file, JSON.stringify(record));
    for (const options of [[], ['--dry-run']]) {
      const { code, stdout, stderr } = await wlock(['reap', ...options]);
      assert.deepEqual([code, stderr], [0, ''], stdout);
      assert.match(stdout, /^Kept \S+ \(.+\): openclaw takes it over by itself, and needs the file as evidence .+\n$/);
    }
    const { reaped, kept } = JSON.parse((await wlock(['reap', '--json'])).stdout) as Record<string, readonly Seen[]>;
    assert.deepEqual(
      [reaped, kept?.map(({ protocol, verdict }) => `${protocol} ${verdict}`)],
      [[], ['openclaw stale']],
    );
    assert.ok(fs.existsSync(file));
    assert.match((await wlock(['reap', '--older-than', '1h'])).stderr, /^No stale locks\.\n$/);
  });

  it('is seen by check, wait, the list and the preview in the way of just what would be refused', async () => {
    fs.writeFileSync(root.in('README.md'), '');
    const agent = tools.start('claude-swarm', 1_000, { file: '*.py' }); // its star crosses slashes: README.md/x.py too
    await waitFor('the agent holds', () => agent.output.includes('acquired'));
    for (const [word, code] of [
      ['README.md', 0],
      ['src', 3],
    ] as const) {
      assert.equal((await wlock(['run', '--path', word, '--', 'true'])).code, code, `run ${word}`);
      assert.equal((await wlock(['check', word])).code, code, `check ${word}`);
      const waited = await wlock(['wait', word, '--timeout', code === 0 ? '10s' : '300ms']);
      assert.equal(waited.code, code === 0 ? 0 : 4, `wait ${word}`);
      await using locks = await openLocks({
        root: root.path,
        environment: { ...process.env, ...tools.environment },
      });
      await locks.refresh();
      const { blockers } = await previewScope(locks, locks.readScope([word]), 10);
      assert.equal(blockers.length > 0, code === 3, `preview of ${word}`);
    }
    const holder = startRun(['--path', 'README.md', '--holder', 'one', '--', 'sh', '-c', 'echo in; exec sleep 1000']);
    await waitFor('it holds', () => holder.output.includes('in'));
    const waiter = startRun(['--path', 'README.md', '--wait', '--', 'true']);
    await waitFor('it waits', () => waiter.errors.includes('Waiting'));
    const { stdout } = await wlock(['list', '--json']);
    const listed = JSON.parse(stdout) as {
      waiters: readonly { waitsFor: readonly string[] }[];
      locks: readonly Seen[];
    };
    const awaited = listed.waiters.flatMap(({ waitsFor }) => waitsFor);
    assert.deepEqual(
      listed.locks.filter(({ id }) => awaited.includes(id)).map(({ holder: { name } }) => name),
      ['one'],
    );
  });

  describe('that another process of the session takes over', () => {
    let manager: LockManager;
    afterEach(() => manager.close());

    /** Holds all of it; gives it back, as a keeper does, once it is told that somebody has taken it over. */
    async function startHolder(file = 'src/a.py'): Promise<StartedProgram> {
      const script = `
import { openLocks } from ${JSON.stringify(libraryFile)};
const locks = await openLocks({ root: process.argv[1], session: 'window' });
const path = { kind: 'path', path: process.argv[1] + '/' + process.argv[2] };
const names = ['agentwire:work', 'openclaw:main/work'].map((name) => ({ kind: 'name', name }));
const { held } = await locks.acquire({ scope: [path, ...names], holder: 'first' });
held.lost.addEventListener('abort', async () => { await held.release(); console.log('lost', held.lost.reason.cause.event); });
console.log('held');
setInterval(() => undefined, 1000);
`;
      const holder = started.add(
        spawn(process.execPath, ['--input-type=module', '-e', script, root.path, file], {
          env: { ...process.env, ...tools.environment },
        }),
      );
      await waitFor('it holds', () => holder.output.includes('held') || !holder.isRunning);
      assert.ok(holder.isRunning, holder.errors);
      return holder;
    }

    async function takeOver(): Promise<HeldLock> {
      manager = await openLocks({
        root: root.path,
        session: 'window',
        environment: { ...process.env, ...tools.environment },
      });
      const [lock] = (await manager.refresh()).locks;
      const held = lock && (await manager.takeOver(lock));
      assert.ok(held);
      return held;
    }

    it('is kept at every tool, and given back at every tool', async () => {
      const holder = await startHolder();
      const held = await takeOver();
      await waitFor('the first is told', () => holder.output.includes('lost transferred'));
      await waitFor('all is taken over', async () => (await manager.refresh()).locks[0]?.projections?.length === 3);
      assert.equal(held.lost.aborted, false);
      // Not little-loops, which lets our descendants in.
      for (const tool of ['claude-swarm', 'openclaw', 'agentwire'] as const) {
        const { code } = await tools.start(tool, 0).ended();
        assert.equal(code, exitCodes[tool], tool);
      }
      await held.release();
      assert.deepEqual(swarmFiles(), []);
      assert.deepEqual((await list()).locks, []);
    });

    for (const tool of ['openclaw', 'agentwire'] as const) {
      it(`is told as lost where an agent of ${tool} gets in between, however soon it lets go`, async () => {
        const [file, other] = {
          openclaw: [
            '.openclaw/agents/main/sessions/work.jsonl.lock',
            '.openclaw/agents/main/sessions/other.jsonl.lock',
          ],
          agentwire: ['.agentwire/locks/work.lock', '.agentwire/locks/other.lock'],
        }[tool].map((name) => path.join(tools.home, name));
        assert.ok(file !== undefined && other !== undefined);
        const holder = await startHolder();
        holder.kill('SIGSTOP'); // so that the moment between is ours to choose
        const held = await takeOver();
        const peer = tools.start(tool, 1_000, { session: 'other' });
        await waitFor('the agent holds', () => peer.output.includes('acquired'));
        fs.renameSync(other, file);
        await waitFor('its loss is told while it is there', () => held.lost.aborted, 3_000);
        assert.deepEqual(lossCauseOf(held.lost), { kind: 'lost-elsewhere', protocol: tool });
        await held.release();
        holder.kill('SIGCONT');
      });
    }

    it('has a holder also where a tool’s files cannot be taken over, who is told of the loss and can release', async () => {
      const holder = await startHolder();
      holder.kill('SIGSTOP');
      const folder = path.join(tools.home, '.agentwire', 'locks');
      fs.renameSync(folder, `${folder}-before`);
      fs.writeFileSync(folder, '');
      fs.unlinkSync(path.join(tools.home, '.openclaw', 'agents', 'main', 'sessions', 'work.jsonl.lock'));
      const held = await takeOver();
      await waitFor('its loss is told', () => held.lost.aborted);
      assert.deepEqual(lossCauseOf(held.lost), { kind: 'lost-elsewhere', protocol: 'agentwire' });
      await held.release();
      assert.deepEqual(root.records(), []);
      holder.kill('SIGCONT');
    });

    it('is watched in a package that lies deep, too', async () => {
      const deep = 'a/b/c/d/e/f';
      fs.rmSync(root.in('.agent_locks'), { recursive: true });
      fs.mkdirSync(root.in(deep, '.agent_locks'), { recursive: true });
      fs.writeFileSync(root.in(deep, 'x.py'), '');
      const holder = await startHolder(`${deep}/x.py`);
      const held = await takeOver();
      await waitFor('the first is told', () => holder.output.includes('lost transferred'));
      const [record = '', ...others] = fs.readdirSync(root.in(deep, '.agent_locks'));
      assert.deepEqual(others, []);
      fs.unlinkSync(root.in(deep, '.agent_locks', record));
      await waitFor('its loss is told', () => held.lost.aborted);
      assert.deepEqual(lossCauseOf(held.lost), { kind: 'lost-elsewhere', protocol: 'claude-swarm' });
    });

    it('is told as lost where another has taken a part of it meanwhile', async () => {
      const holder = await startHolder();
      holder.kill('SIGSTOP'); // so that it keeps what is its own
      const held = await takeOver();
      const told = new Promise<unknown>((resolve) =>
        held.lost.addEventListener('abort', () => resolve(lossCauseOf(held.lost)), { once: true }),
      );
      assert.deepEqual(await told, { kind: 'lost-elsewhere', protocol: 'openclaw' });
      await held.release();
      assert.deepEqual(root.records(), []);
      holder.kill('SIGCONT');
    });
  });

  it('shows all four tools at once, each lock once, with the conflict between two of them', async () => {
    for (const tool of toolNames) {
      const peer = tools.start(tool, 1_000);
      await waitFor(`${tool} holds`, () => peer.output.includes('acquired'));
    }
    const { locks, conflicts } = await list();
    assert.deepEqual(locks.map(({ protocol, verdict }) => `${protocol} ${verdict}`).sort(), [
      'agentwire live',
      'claude-swarm live',
      'loops live',
      'openclaw live',
    ]);
    assert.equal(conflicts.length, 1);
    const text = (await wlock(['list'])).stdout;
    assert.match(
      text,
      /CONFLICT: nightly \(src\/a\.py, .+\) and agent-7 \(claude-swarm\) \(src\/a\.py, .+\) overlap\./,
    );
  });
});
