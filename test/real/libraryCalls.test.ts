/** What docs/library.md promises of the library as it ships, beside locks that others hold. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  AcquireOptions,
  ConflictError,
  HeldLock,
  LockError,
  LockManager,
  LostError,
} from '../../src/manager/library.ts';
import { listJson } from './expectations.ts';
import { acquireOrThrow, openLibrary } from './library.ts';
import { libraryFile } from './programs.ts';
import { isRunning, Started } from './started.ts';
import { TemporaryRoot } from './temporaryRoot.ts';
import { waitFor } from './waitFor.ts';
import { runWlock } from './wlock.ts';

describe('The library', () => {
  let root: TemporaryRoot;
  let started: Started;
  let locks: LockManager;
  let others: LockManager;
  beforeEach(async () => {
    root = new TemporaryRoot();
    started = new Started();
    locks = await openLibrary(root.path);
    others = await openLibrary(root.path);
  });
  afterEach(async () => {
    await locks.close();
    await others.close();
    await started.endAll();
    root[Symbol.dispose]();
  });

  const request: AcquireOptions = { scope: ['src'], holder: 'mine' };
  const holdAsOther = (holder = 'other'): Promise<HeldLock> => acquireOrThrow(others, { scope: ['src'], holder });
  async function thrown<E extends Error>(work: Promise<unknown>): Promise<E> {
    const outcome = await work.then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(outcome instanceof Error, 'nothing was thrown');
    return outcome as E;
  }
  async function forceRelease(held: HeldLock): Promise<void> {
    const { code, stderr } = await runWlock(['force-release', held.id, '--yes'], { cwd: root.path });
    assert.equal(code, 0, stderr);
  }

  it('gives both back at the end of a block, also when an exception ends it', async () => {
    const work = async (): Promise<void> => {
      await using manager = await openLibrary(root.path);
      await using held = await acquireOrThrow(manager, request);
      assert.equal(root.records().length, 1, held.id);
      throw new Error('the work failed');
    };
    assert.equal((await thrown(work())).message, 'the work failed');
    assert.deepEqual(root.records(), []);
  });

  it('throws a refusal that says who is in the way and has him as a value, his name made safe', async () => {
    const other = await holdAsOther('ev\u202eil');
    const error = await thrown<ConflictError>(acquireOrThrow(locks, request));
    assert.deepEqual([error.name, error.constructor.name, error.code], ['ConflictError', 'ConflictError', 'conflict']);
    assert.match(error.message, /^src is locked by ev\\u\{202e\}il \(a moment\)\. Held by a running process: .+\.$/);
    assert.match(error.hint, /^Wait for it, or ask/);
    assert.deepEqual([error.conflict.locks.map(({ id }) => id), error.conflict.timedOut], [[other.id], false]);
  });

  it('says when it gave up waiting', async () => {
    await holdAsOther();
    const error = await thrown<ConflictError>(acquireOrThrow(locks, { ...request, waitMs: 50 }));
    assert.match(error.message, /^Gave up waiting\. src is locked by other/);
    assert.equal(error.conflict.timedOut, true);
  });

  it('ends a wait by its signal with an error of its own, and leaves the queue', async () => {
    await holdAsOther();
    const stop = new AbortController();
    const waiting = thrown<LockError>(acquireOrThrow(locks, { ...request, waitMs: Infinity, signal: stop.signal }));
    await waitFor('it waits', async () => (await others.refresh()).waiters.length === 1);
    stop.abort();
    assert.equal((await waiting).code, 'cancelled');
    assert.equal((await others.refresh()).waiters.length, 0);
  });

  it('ends a request by the signal that says that its lock is lost, with an error that says who removed it', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1'); // never answers
    await once(server, 'listening');
    try {
      const held = await acquireOrThrow(locks, request);
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const failed = thrown<LostError>(fetch(url, { signal: held.lost }));
      await once(server, 'request');
      await forceRelease(held);
      const error = await failed;
      assert.deepEqual([error.name, error.code, error.cause.kind], ['LostError', 'lost', 'removed']);
      assert.match(error.message, /^The lock was lost: force-released by .+, pid \d+\.$/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('ends a child by the same signal', async () => {
    const held = await acquireOrThrow(locks, request);
    const child = spawn('sleep', ['1000'], { signal: held.lost });
    const failed = once(child, 'error') as Promise<[Error]>;
    started.add(child);
    await forceRelease(held);
    const [error] = await failed;
    assert.deepEqual([error.name, (error.cause as LostError).code], ['AbortError', 'lost']);
    await waitFor('the child has ended', () => !isRunning(child.pid ?? 0));
  });

  /** A program that takes the lock as the page shows it, and goes on with `rest`. */
  const program = (rest: string): ReturnType<Started['add']> =>
    started.add(
      spawn(process.execPath, [
        '--input-type=module',
        '-e',
        `import { spawn } from 'node:child_process';
         import { acquireOrThrow, openLocks } from ${JSON.stringify(libraryFile)};
         const locks = await openLocks({ root: ${JSON.stringify(root.path)} });
         const held = await acquireOrThrow(locks, { scope: ['src'], holder: 'program' });
         ${rest}`,
      ]),
    );

  for (const [how, rest] of [
    ['comes to its end', ''],
    ['calls process.exit', 'process.exit(0);'],
  ] as const) {
    it(`keeps no process from ending: its lock blocks nobody once it ${how}`, async () => {
      assert.deepEqual(await program(rest).ended(), { code: 0, signal: undefined });
      assert.ok((await listJson(root.path)).locks.every(({ verdict }) => verdict === 'stale'));
      await acquireOrThrow(locks, request);
    });
  }

  it('leaves a lock to the child that inherited its descriptors, for as long as that one lives', async () => {
    const parent = program(`
      const inherited = ['inherit', 'inherit', 'inherit', locks.holdDescriptor(), ...held.descriptors];
      spawn('sh', ['-c', 'echo started; until [ -e "$0" ]; do sleep 0.05; done', ${JSON.stringify(root.in('end'))}], { stdio: inherited });
      setInterval(() => undefined, 1_000);`);
    try {
      await waitFor('the child', () => parent.output.includes('started'));
      parent.kill('SIGKILL');
      await parent.ended();
      assert.equal((await thrown<ConflictError>(acquireOrThrow(locks, request))).code, 'conflict');
    } finally {
      fs.writeFileSync(root.in('end'), '');
    }
    await acquireOrThrow(locks, { ...request, waitMs: 10_000 });
  });
});
