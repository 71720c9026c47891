/** Who holds locks on the command line: wlock run, keepers; and who may end what they hold. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { HeldLock, LostError } from '../../src/manager/library.ts';
import { assertRefused, listJson, onlyLockIn, type ListedLock } from './expectations.ts';
import { openLibrary } from './library.ts';
import { cliFile, peerFile, pythonFile } from './programs.ts';
import { isRunning, sessionOf, Started, type StartedProgram } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock, type WlockResult } from './wlock.ts';
import { removeFolder } from '../setup/removeFolder.mjs';

interface Acquired {
  readonly id: string;
  readonly token: string;
  readonly session: string;
  readonly file: string;
  readonly verdict: string;
  readonly holder: { readonly name: string; readonly pid: number };
}

describe('Holders on the command line', () => {
  let root: TemporaryRoot;
  let started: Started;
  beforeEach(() => {
    root = new TemporaryRoot();
    started = new Started();
  });
  afterEach(async () => {
    await started.endAll();
    // A keeper that a test left behind ends when its lock goes.
    const keepers = fs.existsSync(root.running) ? (await listJson(root.path)).locks : [];
    root[Symbol.dispose]();
    for (const { holder } of keepers) {
      if (holder.pid !== undefined && holder.pid !== process.pid) {
        const { pid } = holder;
        await waitFor(`process ${pid} has ended`, () => !isRunning(pid));
      }
    }
  });

  const wlock = (words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<WlockResult> =>
    runWlock(words, { cwd: root.path, environment });

  async function acquire(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Acquired> {
    const { code, stdout, stderr } = await wlock(['acquire', '--json', ...words], environment);
    assert.equal(code, 0, stderr + stdout);
    return (JSON.parse(stdout) as { lock: Acquired }).lock;
  }

  function startRun(words: readonly string[]): StartedProgram {
    return started.add(spawnWlock(['run', ...words], { cwd: root.path }));
  }

  function startSleep(): StartedProgram {
    return started.add(spawn('sleep', ['1000']));
  }

  function loop(words: readonly string[]): StartedProgram {
    return started.add(spawn(pythonFile(), [peerFile, '--root', root.path, ...words]));
  }

  const onlyLock = (): Promise<ListedLock> => onlyLockIn(root.path);

  const held = (place: string): Promise<number | undefined> => wlock(['check', place]).then(({ code }) => code);

  describe('wlock run', () => {
    it("passes the command's exit code on, and 128 + the signal that ended it", async () => {
      const run = (...command: string[]): Promise<WlockResult> => wlock(['run', '--path', 'a', '--', ...command]);
      assert.equal((await run('true')).code, 0);
      assert.equal((await run('sh', '-c', 'exit 42')).code, 42);
      assert.equal((await run('sh', '-c', 'kill -KILL $$')).code, 137);
      assert.equal((await run('no-such-command')).code, 127);
      assert.deepEqual(root.records(), []);
    });

    it('gives the command its streams, WLOCK_ID, WLOCK_TOKEN and WLOCK_SESSION', async () => {
      const script = 'echo "$WLOCK_ID $WLOCK_TOKEN $WLOCK_SESSION"; cat; echo talk >&2';
      const program = startRun(['--path', 'a', '--', 'sh', '-c', `${script}; exec sleep 1000`]);
      await waitFor('the command speaks', () => program.output.includes('\n'));
      const lock = await onlyLock();
      const record = JSON.parse(fs.readFileSync(lock.file, 'utf8')) as { pid: number; wlock: { session: string } };
      assert.equal(program.output, `${lock.id} ${lock.token ?? ''} ${record.wlock.session}\n`);
      assert.equal(record.pid, program.pid, 'wlock itself is the recorded process');
    });

    it('gives the command a pipe that waits for whoever is slow to write', () => {
      const slowly = 'i=0; while [ $i -lt 20 ]; do i=$((i+1)); sleep 0.05; done; echo late';
      const line = `(${slowly}) | "$0" "$1" run --path src -- cat`;
      const said = execFileSync('sh', ['-c', line, process.execPath, cliFile], { cwd: root.path, encoding: 'utf8' });
      assert.equal(said, 'late\n');
    });

    it('lets what it runs take the same scope again, and keeps others out', async () => {
      const inner = [process.execPath, path.resolve('dist/cli.cjs'), 'run', '--path', 'a/b', '--', 'echo', 'inside'];
      const nested = await wlock(['run', '--path', 'a', '--', ...inner]);
      assert.deepEqual([nested.code, nested.stdout], [0, 'inside\n']);

      const outer = startRun(['--path', 'a', '--', 'sh', '-c', 'echo in; exec sleep 1000']);
      await waitFor('the outer runs', () => outer.output === 'in\n');
      assert.equal((await wlock(['run', '--path', 'a/b', '--', 'true'])).code, 3);
      assert.equal((await wlock(['run', '--path', 'b', '--', 'true'])).code, 0);
    });

    it('lets a little-loops loop inside take the same scope, and keeps one outside out', async () => {
      const inside = [pythonFile(), peerFile, '--root', root.path, 'acquire', '--name', 'in', '--scope', 'a'];
      const nested = await wlock(['run', '--path', 'a', '--', ...inside]);
      assert.equal(nested.code, 0, nested.stdout);
      const outer = startRun(['--path', 'a', '--', 'sh', '-c', 'echo in; exec sleep 1000']);
      await waitFor('the outer runs', () => outer.output === 'in\n');
      assert.equal((await loop(['acquire', '--name', 'out', '--scope', 'a']).ended()).code, 1);
    });

    it('killed, takes its command with it; the lock turns stale and blocks nobody', async () => {
      const program = startRun(['--path', 'a', '--', 'sh', '-c', 'echo $$; exec sleep 1000']);
      await waitFor('the command runs', () => program.output.includes('\n'));
      const child = Number(program.output);
      program.kill('SIGKILL');
      await program.ended();
      await waitFor('the command has died too', () => !isRunning(child));
      const lock = await onlyLock();
      assert.equal(lock.verdict, 'stale');
      assert.equal(lock.verdictReason, 'hold-released');
      const again = await wlock(['run', '--path', 'a', '--', 'true']);
      assert.deepEqual([again.code, again.stderr], [0, '']);
      assert.deepEqual(root.records(), [], 'the stale record went on the way');
    });

    it('killed, with its hold deleted too, is judged by its pid', async () => {
      const program = startRun(['--path', 'a', '--', 'sh', '-c', 'echo in; exec sleep 1000']);
      await waitFor('the command runs', () => program.output === 'in\n');
      removeFolder(path.join(root.running, '.wlock', 'alive'));
      assert.equal((await onlyLock()).verdictReason, 'pid-running');
      program.kill('SIGKILL');
      await program.ended();
      assert.equal((await onlyLock()).verdictReason, 'pid-dead');
    });

    it('stopped, still holds: a paused owner is alive', async () => {
      const program = startRun(['--path', 'a', '--', 'sh', '-c', 'echo in; exec sleep 1000']);
      await waitFor('the command runs', () => program.output === 'in\n');
      program.kill('SIGSTOP');
      assert.equal((await onlyLock()).verdictReason, 'hold-held');
      assert.equal((await wlock(['run', '--path', 'a', '--', 'true'])).code, 3);
    });

    it('ends what the command has started too, once the lock is lost', async () => {
      const program = startRun(['--path', 'a', '--', 'sh', '-c', 'sleep 1000 & echo $!; wait']);
      const grandchild = Number(await waitFor('the command runs', () => /^\d+$/m.exec(program.output)?.[0]));
      const lock = await onlyLock();
      assert.equal((await wlock(['force-release', lock.id, '--yes'])).code, 0);
      assert.equal((await program.ended()).code, 5);
      assert.equal(isRunning(grandchild), false);
    });

    it('passes INT on where no terminal does', async () => {
      const script = 'trap "exit 8" INT; echo in; while :; do sleep 0.05; done';
      const program = startRun(['--path', 'a', '--', 'bash', '-c', script]);
      await waitFor('the command runs', () => program.output === 'in\n');
      program.kill('SIGINT');
      assert.equal((await program.ended()).code, 8);
    });

    it('is no conflict with what a keeper took inside it, also after that keeper has lost its parents', async () => {
      const script = `${process.execPath} ${cliFile} acquire --path a --ttl 2s && ${process.execPath} ${cliFile} list --json`;
      const { stdout, stderr } = await wlock(['run', '--path', 'a', '--', 'sh', '-c', script]);
      const { conflicts, locks } = JSON.parse(stdout.split('\n')[1] ?? stderr) as {
        conflicts: unknown[];
        locks: unknown[];
      };
      assert.equal(locks.length, 2);
      assert.deepEqual(conflicts, []);
    });

    it('passes TERM on and gives the lock back', async () => {
      const script = 'trap "exit 9" TERM; echo in; while :; do sleep 0.05; done';
      const program = startRun(['--path', 'a', '--', 'bash', '-c', script]);
      await waitFor('the command runs', () => program.output === 'in\n');
      program.kill('SIGTERM');
      assert.equal((await program.ended()).code, 9);
      assert.deepEqual(root.records(), []);
    });

    it("keeps the command's exit code when the record cannot be deleted any more", async () => {
      fs.chownSync(root.path, 65_534, 65_534);
      const script = 'chmod 555 .loops/.running; exit 7';
      const { code, stderr } = await runWlock(['run', '--path', 'a', '--', 'sh', '-c', script], {
        cwd: root.path,
        asNobody: true,
      });
      assert.equal(code, 7, stderr);
      assert.match(stderr, /the lock record could not be deleted/);
    });
  });

  describe('wlock acquire', () => {
    it('without --pid or --ttl exits 2 and suggests run', async () => {
      await assertRefused(
        ['acquire', '--path', 'a'],
        { cwd: root.path },
        { exit: 2, code: 'usage', says: /--pid or --ttl/ },
      );
      assert.match((await wlock(['acquire', '--path', 'a'])).stderr, /wlock run --scope/);
      assert.ok(!fs.existsSync(root.in('.loops')));
    });

    it('leaves a keeper in a session of its own, whose pid is recorded', async () => {
      const lock = await acquire(['--path', 'a', '--ttl', '100s', '--holder', 'nightly']);
      assert.equal(lock.holder.name, 'nightly');
      assert.equal(lock.verdict, 'live');
      assert.equal(sessionOf(lock.holder.pid), lock.holder.pid);
      assert.notEqual(sessionOf(process.pid), lock.holder.pid);
    });

    it('refuses a second acquire in the same shell with exit code 3', () => {
      const cli = `${process.execPath} ${path.resolve('dist/cli.cjs')}`;
      const script = `${cli} acquire --path a --pid $$ >/dev/null; echo $?; ${cli} acquire --path a --pid $$ 2>&1; echo $?`;
      const [first, ...rest] = execFileSync('bash', ['-c', script], { cwd: root.path, encoding: 'utf8' })
        .trim()
        .split('\n');
      assert.equal(first, '0');
      assert.equal(rest.at(-1), '3');
      assert.match(rest.join('\n'), /a: root, for .*\n.*Held by a running process/);
    });

    it('ends with the process that --pid names, also when it is killed', async () => {
      const bound = startSleep();
      const lock = await acquire(['--path', 'a', '--pid', String(bound.pid)]);
      assert.equal(await held('a'), 3);
      bound.kill('SIGKILL');
      await waitFor('the keeper has ended', () => !isRunning(lock.holder.pid), 5_000);
      assert.deepEqual(root.records(), []);
    });

    it('ends when its time is over, and not before', async () => {
      const began = performance.now();
      const lock = await acquire(['--path', 'a', '--ttl', '1500ms']);
      await waitFor('the record has gone', () => root.records().length === 0, 5_000);
      assert.ok(performance.now() - began >= 1_400);
      await waitFor('the keeper has ended', () => !isRunning(lock.holder.pid), 5_000);
    });

    it('ends at release, with its keeper', async () => {
      const lock = await acquire(['--path', 'a', '--ttl', '100s']);
      assert.equal((await wlock(['release', lock.id, '--token', lock.token])).code, 0);
      assert.deepEqual(root.records(), []);
      await waitFor('the keeper has ended', () => !isRunning(lock.holder.pid), 3_000);
    });

    it('turns stale when its keeper is killed', async () => {
      const lock = await acquire(['--path', 'a', '--ttl', '100s']);
      process.kill(lock.holder.pid, 'SIGKILL');
      await waitFor('the keeper has died', () => !isRunning(lock.holder.pid));
      assert.deepEqual([(await onlyLock()).verdict, (await onlyLock()).verdictReason], ['stale', 'hold-released']);
      assert.equal((await wlock(['run', '--path', 'a', '--', 'true'])).code, 0);
    });

    it('killed at any moment before it could print, leaves no lock and no keeper', async function () {
      this.timeout(60_000);
      const kills = 30;
      let printed = 0;
      for (let i = 0; i < kills; i++) {
        const program = started.add(spawnWlock(['acquire', '--path', 'a', '--ttl', '100s'], { cwd: root.path }));
        const until = performance.now() + (i / kills) * 400;
        await waitFor('its moment', () => performance.now() >= until || program.output !== '');
        program.kill('SIGKILL');
        await program.ended();
        if (program.output !== '') {
          printed++;
          await wlock(['force-release', program.output.trim(), '--yes']);
        }
        await waitFor('the scope is free', async () => (await wlock(['check', 'a'])).code === 0, 5_000);
      }
      console.log(`      ${kills} killed, ${printed} of them after they had printed`);
      const { locks } = await listJson(root.path);
      assert.deepEqual(
        locks.filter(({ verdict }) => verdict !== 'stale'),
        [],
      );
      assert.equal((await wlock(['run', '--path', 'a', '--', 'true'])).code, 0);
    });

    it('keeps a little-loops loop out, and is kept out by one', async () => {
      const lock = await acquire(['--path', 'a', '--ttl', '100s']);
      const refused = loop(['acquire', '--name', 'loop', '--scope', 'a/b']);
      assert.equal((await refused.ended()).code, 1);
      await wlock(['release', lock.id, '--token', lock.token]);

      const holder = loop(['acquire', '--name', 'loop', '--scope', 'a', '--hold', '1000']);
      await waitFor('the loop holds', () => holder.output.includes('"acquired"'));
      const conflict = await wlock(['acquire', '--path', 'a/b', '--ttl', '9s', '--json']);
      assert.equal(conflict.code, 3);
      const { locks } = (JSON.parse(conflict.stdout) as { conflict: { locks: ListedLock[] } }).conflict;
      assert.deepEqual([locks[0]?.holder.name, locks[0]?.verdictReason], ['loop', 'pid-running']);
      holder.kill('SIGKILL');
      await holder.ended();
      assert.equal((await wlock(['run', '--path', 'a', '--', 'true'])).code, 0);
    });

    it('works for a user without a name', async () => {
      fs.chmodSync(root.path, 0o777);
      const wrapper = ['setpriv', '--reuid=54321', '--regid=54321', '--clear-groups', '--'];
      const { code, stderr, stdout } = await runWlock(['acquire', '--path', 'a', '--ttl', '1s'], {
        cwd: root.path,
        wrapper,
      });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^[0-9a-f-]{36}\n$/);
    });
  });

  describe('wlock release', () => {
    it('needs the session or the token, and says so', async () => {
      const lock = await acquire(['--path', 'a', '--ttl', '100s']);
      await assertRefused(
        ['release', lock.id],
        { cwd: root.path },
        { exit: 1, code: 'not-yours', says: /in another session/ },
      );
      await assertRefused(
        ['release', lock.id, '--token', 'loops:1'],
        { cwd: root.path },
        { exit: 1, code: 'not-yours' },
      );
      assert.equal(root.records().length, 1);
      const mine = await wlock(['release', lock.id.slice(0, 8)], { WLOCK_SESSION: lock.session });
      assert.equal(mine.code, 0, mine.stderr);
      assert.deepEqual(root.records(), []);
    });

    it('of a lock whose keeper was killed says that its holder is gone, and how it is deleted', async () => {
      const { id, holder } = await acquire(['--path', 'src', '--ttl', '60s']);
      process.kill(holder.pid, 'SIGKILL');
      await waitFor('a stale lock', async () => (await onlyLock()).verdict === 'stale');
      const { code, stderr } = await wlock(['release', id]);
      assert.equal(code, 1);
      assert.match(stderr, /^wlock: src was held by \S+, in another session\. Its holder is gone: /);
      assert.ok(stderr.includes(`wlock reap ${id}`), stderr);
    });

    it('is fine twice, with either proof', async () => {
      const lock = await acquire(['--path', 'a', '--ttl', '100s'], { WLOCK_SESSION: 'mine' });
      assert.equal(lock.session, 'mine');
      for (let i = 0; i < 2; i++) {
        assert.equal((await wlock(['release', lock.id, '--token', lock.token])).code, 0);
        assert.equal((await wlock(['release', lock.id], { WLOCK_SESSION: 'mine' })).code, 0);
      }
    });

    it("never deletes another tool's lock, which has no token that could be given", async () => {
      const holder = loop(['acquire', '--name', 'loop', '--scope', 'a', '--hold', '1000', '--stem', 'loop-1']);
      await waitFor('the loop holds', () => holder.output.includes('"acquired"'));
      await assertRefused(
        ['release', 'loop-1'],
        { cwd: root.path },
        { exit: 1, code: 'not-yours', says: /not taken with wlock/ },
      );
      assert.deepEqual(root.records(), ['loop-1.lock']);
    });
  });

  describe('wlock force-release', () => {
    it('asks, and without a terminal needs --yes', async () => {
      const lock = await acquire(['--path', 'a', '--ttl', '100s']);
      await assertRefused(
        ['force-release', lock.id],
        { cwd: root.path },
        { exit: 2, code: 'usage', says: /confirmation/ },
      );
      assert.equal(root.records().length, 1);
      assert.equal((await wlock(['force-release', lock.id, '--yes'])).code, 0);
      assert.deepEqual(root.records(), []);
    });

    it('deletes only the incarnation that was looked at', async () => {
      const manager = await openLibrary(root.path);
      try {
        const file = path.join(root.running, 'loop-1.lock');
        const record = {
          loop_name: 'l',
          scope: [root.in('a')],
          pid: startSleep().pid,
          started_at: new Date().toISOString(),
        };
        fs.mkdirSync(root.running, { recursive: true });
        fs.writeFileSync(file, JSON.stringify(record));
        await manager.refresh();
        const seen = manager.find('loop-1');
        fs.rmSync(file);
        fs.writeFileSync(file, JSON.stringify({ ...record, loop_name: 'another' }));
        assert.equal((await manager.forceRelease(seen)).kind, 'changed');
        assert.ok(fs.existsSync(file));
        fs.rmSync(file);
        assert.equal((await manager.forceRelease(seen)).kind, 'gone');
      } finally {
        await manager.close();
      }
    });

    it('finds the same lock after a renewal', async () => {
      const manager = await openLibrary(root.path);
      try {
        const outcome = await manager.acquire({ scope: ['a'], holder: 'test' });
        assert.ok(outcome.ok);
        await manager.refresh();
        const seen = manager.find(outcome.held.id);
        await outcome.held.renew();
        assert.equal((await manager.forceRelease(seen)).kind, 'released');
        assert.deepEqual(root.records(), []);
      } finally {
        await manager.close();
      }
    });
  });

  describe('wlock reap', () => {
    const put = (name: string, changes: object): void => {
      fs.mkdirSync(root.running, { recursive: true });
      const record = { loop_name: name, scope: [root.in(name)], pid: 99_999_999, started_at: new Date().toISOString() };
      fs.writeFileSync(path.join(root.running, `${name}.lock`), JSON.stringify({ ...record, ...changes }));
    };

    it('deletes the dead and keeps the living, and exits 3 when a named one lives', async () => {
      put('dead', {});
      put('live', { pid: startSleep().pid });
      const dry = await wlock(['reap', '--dry-run']);
      assert.match(dry.stdout, /Would reap dead/);
      assert.deepEqual(root.records().length, 2);
      assert.equal((await wlock(['reap', 'live'])).code, 3);
      const done = await wlock(['reap']);
      assert.deepEqual([done.code, done.stdout.split(' ')[0]], [0, 'Reaped']);
      assert.deepEqual(root.records(), ['live.lock']);
      assert.equal((await wlock(['reap'])).code, 0);
    });

    it('tells a recycled pid by its start time, and lets an acquire through', async () => {
      const lock = await acquire(['--path', 'a', '--ttl', '100s']);
      process.kill(lock.holder.pid, 'SIGKILL');
      await waitFor('the keeper has died', () => !isRunning(lock.holder.pid));
      const record = JSON.parse(fs.readFileSync(lock.file, 'utf8')) as { pid: number; wlock: object };
      const other = startSleep();
      const forge = (changes: object): void =>
        fs.writeFileSync(
          lock.file,
          JSON.stringify({ ...record, pid: other.pid, wlock: { ...record.wlock, hold: undefined, ...changes } }),
        );

      forge({});
      assert.deepEqual([(await onlyLock()).verdict, (await onlyLock()).verdictReason], ['stale', 'pid-recycled']);
      forge({ start_time: undefined });
      assert.equal((await onlyLock()).verdict, 'live');
      forge({ boot: '00000000-0000-4000-8000-000000000000' });
      assert.deepEqual([(await onlyLock()).verdict, (await onlyLock()).verdictReason], ['stale', 'rebooted']);
      forge({ pid_namespace: 'pid:[1]', start_time: undefined });
      assert.deepEqual(
        [(await onlyLock()).verdict, (await onlyLock()).verdictReason],
        ['unknown', 'other-pid-namespace'],
      );
      assert.equal((await wlock(['run', '--path', 'a', '--', 'true'])).code, 3);
      assert.equal((await wlock(['reap', lock.id])).code, 3);
      forge({});
      assert.equal((await wlock(['run', '--path', 'a', '--', 'true'])).code, 0);
      assert.deepEqual(root.records(), []);
    });
  });

  describe('The library', () => {
    const take = async (
      place: string,
      session?: string,
    ): Promise<{ held: HeldLock; close: () => Promise<void>; manager: Awaited<ReturnType<typeof openLibrary>> }> => {
      const manager = await openLibrary(root.path, session);
      const outcome = await manager.acquire({ scope: [place], holder: 'library' });
      assert.ok(outcome.ok);
      return { held: outcome.held, close: () => manager.close(), manager };
    };

    it('gives tokens that only grow, also after the counter was deleted', async () => {
      const tokens: number[] = [];
      const { held, close, manager } = await take('a');
      for (let i = 0; i < 20; i++) {
        if (i === 10) fs.rmSync(path.join(root.running, '.wlock', 'fence'));
        if (i === 15) fs.writeFileSync(path.join(root.running, '.wlock', 'fence'), '\0'.repeat(99));
        const outcome = await manager.acquire({ scope: [`b${i}`], holder: 'library' });
        assert.ok(outcome.ok);
        tokens.push(Number(outcome.held.token.split(':')[1]));
      }
      assert.deepEqual(
        tokens,
        [...new Set(tokens)].sort((a, b) => a - b),
      );
      assert.ok(Number(held.token.split(':')[1]) < (tokens[0] ?? 0));
      await close();
      assert.deepEqual(root.records(), []);
    });

    it('renews under a new name with the same id, three at once too, and releases the newest', async () => {
      const { held, close } = await take('a');
      const [file, id] = [held.file, held.id];
      assert.deepEqual(await Promise.all([held.renew(), held.renew(), held.renew()]), [true, true, true]);
      assert.equal(held.lost.aborted, false);
      assert.notEqual(held.file, file);
      assert.deepEqual([(await onlyLock()).id, root.records().length], [id, 1]);
      const [renewed] = await Promise.all([held.renew().catch(() => false), held.release(), held.renew()]);
      assert.equal(typeof renewed, 'boolean');
      assert.deepEqual(root.records(), []);
      assert.equal(await held.renew(), false);
      assert.equal(held.lost.aborted, false, 'released is not lost');
      await close();
    });

    it('never recreates a record that was removed', async () => {
      const { held, close } = await take('a');
      fs.rmSync(held.file);
      assert.equal(await held.renew(), false);
      assert.deepEqual(root.records(), []);
      assert.equal(held.lost.aborted, true);
      await close();
    });

    it('transfers a lock to another process of the session: same id, new record, the old owner is told', async () => {
      const old = await take('a', 'window');
      const heir = await openLibrary(root.path, 'window');
      await heir.refresh();
      const taken = await heir.takeOver(heir.find(old.held.id));
      assert.ok(taken);
      assert.deepEqual([taken.id, taken.token], [old.held.id, old.held.token]);
      await waitFor('the old owner is told', () => old.held.lost.aborted, 2_000);
      assert.equal((old.held.lost.reason as { cause: { event: string } }).cause.event, 'transferred');
      await old.close();
      assert.equal(root.records().length, 1);
      assert.equal((await onlyLock()).verdictReason, 'hold-held');
      await heir.close();
      assert.deepEqual(root.records(), []);
    });

    it('gives a lock back when its time is over, telling the holder; a renewal gives it more time', async () => {
      const manager = await openLibrary(root.path);
      const outcome = await manager.acquire({ scope: ['a'], holder: 'brief', ttlMs: 400 });
      assert.ok(outcome.ok);
      assert.equal(await outcome.held.renew(900), true);
      const renewedAt = performance.now();
      await waitFor('it is told', () => outcome.held.lost.aborted);
      assert.ok(performance.now() - renewedAt > 800, 'not before the renewed time');
      assert.deepEqual((outcome.held.lost.reason as LostError).cause, { kind: 'expired' });
      await waitFor('the record has gone', () => root.records().length === 0);
      assert.equal(await outcome.held.renew(900), false);
      await manager.close();
    });

    it('refuses what nobody could compare or read', async () => {
      const manager = await openLibrary(root.path);
      const refuse = async (options: object, expected: object): Promise<void> => {
        await assert.rejects(manager.acquire({ scope: ['a'], holder: 'x', ...options }), expected);
      };
      await refuse({ scope: ['a\0b'] }, { code: 'nul' });
      await refuse({ scope: [{ kind: 'path', path: 'a\0b' }] }, { code: 'nul' });
      await refuse({ scope: [{ kind: 'path', path: 'relative' }] }, { code: 'not-canonical' });
      await refuse({ scope: [{ kind: 'path', path: `${root.path}/../x` }] }, { code: 'not-canonical' });
      await refuse({ scope: [] }, { code: 'empty' });
      await refuse({ holder: 'x\u0000' }, { code: 'usage' });
      for (const ttlMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) await refuse({ ttlMs }, { code: 'usage' });
      await refuse({ reason: 'x'.repeat(2_000_000) }, { code: 'usage' });
      assert.deepEqual(root.records(), []);
      await manager.close();
    });
  });
});
