/** Late writers: what wlock verify says of them, and how a resource that remembers tokens refuses them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { assertRefused, listJson } from './expectations.ts';
import { openLibrary, verifyLock } from './library.ts';
import { isRunning, Started, type StartedProgram } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock, spawnWlock, type WlockResult } from './wlock.ts';

interface Acquired {
  readonly id: string;
  readonly token: string;
  readonly holder: { readonly pid: number };
}

interface Verified {
  readonly held: boolean;
  readonly why?: string;
  readonly removed?: { readonly event: string; readonly by: string; readonly at: string };
  readonly lock?: { readonly id: string };
  readonly holders?: readonly { readonly id: string; readonly holder: { readonly name: string } }[];
}

describe('Late writers', () => {
  let root: TemporaryRoot;
  let started: Started;
  let keepers: number[];
  beforeEach(() => {
    root = new TemporaryRoot();
    started = new Started();
    keepers = [];
  });
  afterEach(async () => {
    await started.endAll();
    root[Symbol.dispose]();
    // A keeper ends when its lock goes.
    for (const pid of keepers) await waitFor(`keeper ${pid} has ended`, () => !isRunning(pid));
  });

  const wlock = (words: readonly string[]): Promise<WlockResult> => runWlock(words, { cwd: root.path });

  async function acquire(...words: readonly string[]): Promise<Acquired> {
    const { code, stdout, stderr } = await wlock(['acquire', '--json', '--path', 'data', ...words]);
    assert.equal(code, 0, stderr + stdout);
    const { lock } = JSON.parse(stdout) as { lock: Acquired };
    keepers.push(lock.holder.pid);
    return lock;
  }

  async function verify(id: string, token: string, ...words: readonly string[]): Promise<Verified & { code: unknown }> {
    const { code, stdout } = await wlock(['verify', id, token, '--json', ...words]);
    return { ...(JSON.parse(stdout) as Verified), code };
  }

  describe('wlock verify', () => {
    it('says 0 while the lock is held under this token, also by a beginning of its id', async () => {
      const { id, token } = await acquire('--ttl', '100s');
      const { code, held, lock } = await verify(id, token);
      assert.deepEqual([code, held, lock?.id], [0, true, id]);
      const plain = await wlock(['verify', id.slice(0, 8), token]);
      assert.deepEqual([plain.code, plain.stderr], [0, '']);
      assert.match(plain.stdout, /^Held by .*: data\.\n$/);
    });

    it('says 5 for another token, and who holds the scope now', async () => {
      const { id, token } = await acquire('--ttl', '100s', '--holder', 'owner');
      const older = `loops:${Number(token.split(':')[1]) - 1}`;
      const { code, held, why, holders } = await verify(id, older);
      assert.deepEqual([code, held, why, holders?.map((lock) => lock.id)], [5, false, 'other-token', [id]]);
      const plain = await wlock(['verify', id, older]);
      assert.equal(plain.code, 5);
      assert.match(plain.stdout, /^Not held: \S+ has the token loops:\d+\.\ndata is now held by owner/);
      assert.equal((await verify(id, token.replace('loops', 'etcd'))).why, 'other-token', 'of another store');
    });

    it('says 5 for a lock that was force-released, by whom, and who has it now', async () => {
      const { id, token } = await acquire('--ttl', '100s');
      assert.equal((await wlock(['force-release', id, '--yes'])).code, 0);
      const next = await acquire('--ttl', '100s', '--holder', 'next');
      const { code, why, removed, holders } = await verify(id, token, '--covering', 'data/file');
      assert.deepEqual([code, why, removed?.event, holders?.map((lock) => lock.id)], [5, 'gone', 'forced', [next.id]]);
      assert.match(removed?.by ?? '', /pid \d+/);
      assert.ok(Math.abs(Date.now() - Date.parse(removed?.at ?? '')) < 60_000);
      const plain = await wlock(['verify', id, token, '--covering', 'data']);
      assert.match(plain.stdout, /^Not held: "\S+" was force-released by .*pid \d+\.\ndata is now held by next/);
      assert.equal((await verify(id, token)).holders?.length, 0, 'its scope went with it');
    });

    it('says 5 for a lock that never was, and that the journal does not know it', async () => {
      const { code, why, removed } = await verify('0b2ff8a3-43b1-4d2c-9a53-7b0d1a4f4c11', 'loops:1');
      assert.deepEqual([code, why, removed], [5, 'gone', undefined]);
      assert.match((await wlock(['verify', 'nothing', 'loops:1'])).stdout, /no lock "nothing", and the journal/);
      assert.ok(!fs.existsSync(root.in('.loops')), 'looking makes nothing');
    });

    it('says 5 for a lock whose holder has died', async () => {
      const run = started.add(
        spawnWlock(['run', '--path', 'data', '--', 'sh', '-c', 'echo $WLOCK_ID $WLOCK_TOKEN; exec sleep 1000'], {
          cwd: root.path,
        }),
      );
      await waitFor('the command runs', () => run.output.includes('\n'));
      const [id = '', token = ''] = run.output.trim().split(' ');
      assert.equal((await verify(id, token)).code, 0);
      run.kill('SIGKILL');
      await run.ended();
      await waitFor('the command has died too', async () => (await listJson(root.path)).locks[0]?.verdict === 'stale');
      const { code, why } = await verify(id, token);
      assert.deepEqual([code, why], [5, 'stale']);
    });

    it('says 0 for a holder that is only stopped: nobody else can have its lock', async () => {
      const { id, token, holder } = await acquire('--ttl', '100s');
      process.kill(holder.pid, 'SIGSTOP');
      const { code } = await verify(id, token);
      process.kill(holder.pid, 'SIGCONT');
      assert.equal(code, 0);
    });

    it('refuses what is no token', async () => {
      const { id } = await acquire('--ttl', '100s');
      for (const token of ['7', 'loops:', 'loops:-1', 'loops:1.5', 'loops:01', 'LOOPS:1', `loops:${'9'.repeat(17)}`]) {
        await assertRefused(
          ['verify', id, token],
          { cwd: root.path },
          { exit: 2, code: 'usage', says: /no fencing token/ },
        );
      }
      assert.equal((await wlock(['verify', id])).code, 2);
    });

    it('is a function of the library, too', async () => {
      await using manager = await openLibrary(root.path);
      const outcome = await manager.acquire({ scope: ['data'], holder: 'library' });
      assert.ok(outcome.ok);
      const { id, token } = outcome.held;
      assert.equal((await verifyLock(manager, id, token)).held, true);
      await outcome.held.release();
      const after = await verifyLock(manager, id, token);
      assert.ok(!after.held && after.why === 'gone' && after.cause.kind === 'removed');
      assert.equal(after.cause.event, 'released');
    });
  });

  describe('examples/fenced-store', () => {
    const example = (name: string): string =>
      fileURLToPath(new URL(`../../examples/fenced-store/${name}`, import.meta.url));

    async function startServer(...words: readonly string[]): Promise<string> {
      const server = started.add(spawn(process.execPath, [example('server.mjs'), root.in('store.json'), ...words]));
      await waitFor('the server listens', () => server.output.includes('\n'));
      return server.output.trim();
    }

    function startWriter(
      { token }: Acquired,
      ...words: readonly string[]
    ): { program: StartedProgram; go: () => void } {
      const child = spawn(process.execPath, [example('writer.mjs'), ...words], {
        env: { ...process.env, WLOCK_TOKEN: token },
      });
      return { program: started.add(child), go: () => child.stdin.write('\n') };
    }

    /** How the first writer's lock goes while it is stopped. */
    type Loss = (first: Acquired) => Promise<unknown>;

    /**
     * The first writer has its lock and is stopped before it writes; it loses the lock; another takes it and writes;
     * the first goes on. What the store says to it, and what is in the store then.
     */
    async function lateWrite(address: string, ttl: string, loss: Loss): Promise<{ answer: string; text: string }> {
      const first = await acquire('--ttl', ttl);
      const late = startWriter(first, address, 'late', '--pause');
      await waitFor('the first writer is ready', () => late.program.output.endsWith('is ready\n'));
      late.program.kill('SIGSTOP');
      await loss(first);

      const second = await acquire('--ttl', '100s');
      const { program } = startWriter(second, address, 'newer');
      assert.equal((await program.ended()).code, 0, program.errors);
      assert.match(program.output, /\n200 /);

      late.go();
      late.program.kill('SIGCONT');
      await late.program.ended();
      const { text } = JSON.parse(fs.readFileSync(root.in('store.json'), 'utf8')) as { text: string };
      return { answer: late.program.output.split('\n')[1] ?? '', text };
    }

    const expiry: Loss = ({ id }) =>
      waitFor('its time is over', async () => (await listJson(root.path)).locks.every((lock) => lock.id !== id));
    const force: Loss = async ({ id }) => assert.equal((await wlock(['force-release', id, '--yes'])).code, 0);

    it('refuses a writer whose time was over while it was stopped', async () => {
      const { answer, text } = await lateWrite(await startServer(), '1s', expiry);
      assert.match(answer, /^409 .*is older than loops:\d+/);
      assert.equal(text, 'newer');
    });

    it('refuses a writer whose lock was force-released while it was stopped', async () => {
      const { answer, text } = await lateWrite(await startServer(), '100s', force);
      assert.match(answer, /^409 /);
      assert.equal(text, 'newer');
    });

    it('without its check lets the late write through, so it is the check that refuses', async () => {
      const { answer, text } = await lateWrite(await startServer('--unfenced'), '100s', force);
      assert.match(answer, /^200 /);
      assert.equal(text, 'late');
    });

    it('refuses tokens of another store, and what is none', async () => {
      const address = await startServer();
      const put = async (token: string): Promise<number> =>
        (await fetch(address, { method: 'PUT', headers: { 'fencing-token': token }, body: 'x' })).status;
      assert.equal(await put('loops:5'), 200);
      assert.equal(await put('loops:5'), 200, 'its own token may write again');
      assert.equal(await put('loops:4'), 409);
      assert.equal(await put('etcd:6'), 400);
      assert.equal(await put('six'), 400);
    });

    it('does what its page says, under wlock run', async () => {
      const address = await startServer();
      const { code, stdout } = await wlock([
        ...['run', '--path', 'data', '--', process.execPath, example('writer.mjs'), address, 'hello'],
      ]);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /\n200 /);
    });
  });
});
