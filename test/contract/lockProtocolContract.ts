/** What every lock format promises (DESIGN 6): one suite, run over each implementation. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { Lock } from '../../src/core/lock.ts';
import type { Acquired, AcquireRequest, Conflict, Held, LockProtocol } from '../../src/protocols/protocol.ts';
import { waitFor } from '../real/waitFor.ts';

/** One store, seen by several processes. */
export interface Store {
  /** Another process's view of the store. */
  open(session: string): Promise<LockProtocol>;
  /** An absolute path of the workspace. */
  path(name: string): string;
  /** Everything that lies in the workspace, to see that nothing was created. */
  files(): readonly string[];
  /** A lock on this path whose holder was killed. */
  leaveDead(path: string): Promise<void>;
  /** Deletes a record as somebody does who takes no part. */
  deleteRecord(held: Held): void;
  close(): Promise<void>;
}

export function describeLockProtocol(name: string, openStore: () => Promise<Store>): void {
  describe(`The lock protocol ${name}`, () => {
    let store: Store;
    let ours: LockProtocol;
    let theirs: LockProtocol;

    beforeEach(async () => {
      store = await openStore();
      ours = await store.open('ours');
      theirs = await store.open('theirs');
    });

    afterEach(() => store.close());

    const request = (path: string, changes: Partial<AcquireRequest> = {}): AcquireRequest => ({
      scope: [{ kind: 'path', path: store.path(path) }],
      mode: 'exclusive',
      holderName: 'somebody',
      session: 'ours',
      tool: 'contract',
      ...changes,
    });
    const never = new AbortController().signal;

    const take = async (protocol: LockProtocol, path: string, changes: Partial<AcquireRequest> = {}): Promise<Held> => {
      const outcome = await protocol.acquire(request(path, changes), never);
      assert.ok(outcome.kind === 'acquired');
      return outcome.held;
    };
    const only = async (protocol: LockProtocol): Promise<Lock> => {
      const { locks } = await protocol.list();
      assert.equal(locks.length, 1);
      return locks[0] ?? assert.fail();
    };

    it('creates nothing when it lists', async () => {
      const before = store.files();
      assert.deepEqual(await ours.list(), { locks: [], waiters: [] });
      assert.deepEqual(store.files(), before);
    });

    it('lists what was acquired, with holder, scope, token and a verdict with evidence', async () => {
      const held = await take(ours, 'src', { holderName: 'nightly', reason: 'cleaning' });
      const lock = await only(theirs);
      assert.equal(lock.id, held.id);
      assert.equal(lock.token, held.token);
      assert.equal(lock.holder.name, 'nightly');
      assert.equal(lock.reason, 'cleaning');
      assert.deepEqual(lock.scope, held.scope);
      assert.equal(lock.verdict, 'live');
      assert.ok(lock.evidence.length > 0);
      assert.equal(lock.mine, false);
      assert.equal((await only(ours)).mine, true, 'of the session that looks');
    });

    it('refuses what overlaps, naming every lock in the way, and leaves nothing behind', async () => {
      const [first, second] = [await take(ours, 'src/api'), await take(ours, 'src/ui')];
      for (const path of ['src', 'src/api', 'src/api/routes.ts']) {
        const outcome = await theirs.acquire(request(path), never);
        assert.equal(outcome.kind, 'conflict', path);
      }
      const all = await theirs.acquire(request('src'), never);
      assert.deepEqual(all.kind === 'conflict' && all.locks.map(({ id }) => id).sort(), [first.id, second.id].sort());
      assert.equal((await ours.list()).locks.length, 2);
    });

    it('grants what does not overlap, also where names begin alike', async () => {
      await take(ours, 'src/api');
      await take(theirs, 'src/api2');
      await take(theirs, 'src/ap');
      await take(theirs, 'docs');
    });

    it('lets shared locks overlap each other, and nothing else', async () => {
      const shared = { mode: 'shared' } as const;
      await take(ours, 'src', shared);
      await take(theirs, 'src/api', shared);
      assert.equal((await theirs.acquire(request('src/api'), never)).kind, 'conflict');
    });

    it('gives tokens that only grow', async () => {
      const tokens: number[] = [];
      for (const protocol of [ours, theirs, ours, theirs]) {
        const held = await take(protocol, 'src');
        tokens.push(Number(held.token.split(':')[1]));
        await protocol.release(held);
      }
      assert.deepEqual(
        tokens,
        [...new Set(tokens)].sort((a, b) => a - b),
      );
    });

    it('is free again after release, which may be called twice and never touches a successor', async () => {
      const held = await take(ours, 'src');
      await ours.release(held);
      const next = await take(theirs, 'src');
      await ours.release(held);
      assert.equal((await only(ours)).id, next.id);
    });

    it('keeps id, token and scope over a renewal, with a new expiry', async () => {
      const held = await take(ours, 'src', { ttlMs: 60_000 });
      const renewed = await ours.renew(held, 120_000);
      assert.ok(renewed.kind === 'renewed');
      const lock = await only(theirs);
      assert.equal(lock.id, held.id);
      assert.equal(lock.token, held.token);
      assert.equal(lock.acquiredAt, held.acquiredAt);
      assert.ok((lock.expiresAt ?? 0) > (held.expiresAt ?? 0));
      assert.ok(lock.renewedAt !== undefined);
      await ours.release(renewed.held);
      assert.deepEqual(await theirs.list(), { locks: [], waiters: [] });
    });

    it('never recreates a record that is gone: renewing says lost', async () => {
      const held = await take(ours, 'src');
      store.deleteRecord(held);
      assert.equal((await ours.renew(held, 60_000)).kind, 'lost');
      assert.deepEqual(await theirs.list(), { locks: [], waiters: [] });
    });

    it('never renews over a successor', async () => {
      const held = await take(ours, 'src');
      await theirs.forceRelease(await only(theirs), 'forced');
      const next = await take(theirs, 'src');
      assert.equal((await ours.renew(held, 60_000)).kind, 'lost');
      assert.equal((await only(ours)).id, next.id);
    });

    it('hands a lock over to another process under the same id; the old one has lost it', async () => {
      const held = await take(ours, 'src');
      const moved = await theirs.transfer(held, 'theirs');
      assert.ok(moved.kind === 'renewed');
      const lock = await only(theirs);
      assert.equal(lock.id, held.id);
      assert.equal(lock.mine, true);
      const cause = await ours.lossOf(held);
      assert.equal(cause?.kind === 'removed' && cause.event, 'transferred');
      assert.equal(await theirs.lossOf(moved.held), undefined);
      await ours.release(held);
      assert.equal((await theirs.list()).locks.length, 1, 'the old holder cannot release it any more');
    });

    it('tells the old holder that its lock was taken over also when the new one has renewed it since', async () => {
      const held = await take(ours, 'src');
      const moved = await theirs.transfer(held, 'theirs');
      assert.ok(moved.kind === 'renewed');
      assert.equal((await theirs.renew(moved.held, 60_000)).kind, 'renewed');
      const cause = await ours.lossOf(held);
      assert.equal(cause?.kind === 'removed' && cause.event, 'transferred');
    });

    it('does not tell the new holder that its own taking over was the loss', async () => {
      const held = await take(ours, 'src');
      const moved = await theirs.transfer(held, 'theirs');
      assert.ok(moved.kind === 'renewed');
      fs.unlinkSync(moved.held.file);
      assert.deepEqual(await theirs.lossOf(moved.held), { kind: 'unexplained' });
    });

    it('shows a dead holder’s lock as stale; it blocks nobody, reaped or not', async () => {
      await store.leaveDead(store.path('src'));
      assert.equal((await only(ours)).verdict, 'stale');
      await take(ours, 'src/api');
      assert.deepEqual(
        (await theirs.list()).locks.map(({ verdict }) => verdict),
        ['live'],
      );
    });

    it('reaps only what is proven stale', async () => {
      await store.leaveDead(store.path('src'));
      const stale = await only(ours);
      assert.equal((await theirs.reap(stale)).kind, 'reaped');
      assert.equal((await theirs.reap(stale)).kind, 'gone');
      await take(ours, 'src');
      assert.equal((await theirs.reap(await only(theirs))).kind, 'still-live');
      assert.equal((await theirs.list()).locks.length, 1);
    });

    it('does not reap a successor in place of the dead lock that somebody looked at', async () => {
      await store.leaveDead(store.path('src'));
      const stale = await only(theirs);
      await take(ours, 'src');
      assert.equal((await theirs.reap(stale)).kind, 'gone');
      assert.equal((await theirs.list()).locks.length, 1);
    });

    it('force-releases just the lock that was looked at, and its holder learns who did it', async () => {
      const held = await take(ours, 'src');
      const seen = await only(theirs);
      assert.equal((await theirs.forceRelease(seen, 'forced')).kind, 'released');
      const cause = await ours.lossOf(held);
      assert.ok(cause?.kind === 'removed');
      assert.equal(cause.event, 'forced');
      assert.match(cause.by, /pid \d+/);
      await take(ours, 'src');
      assert.equal((await theirs.forceRelease(seen, 'forced')).kind, 'gone');
      assert.equal((await theirs.list()).locks.length, 1);
    });

    it('gives up when it is cancelled, and has locked nothing', async () => {
      await assert.rejects(ours.acquire(request('src'), AbortSignal.abort()), { code: 'cancelled' });
      assert.deepEqual(await theirs.list(), { locks: [], waiters: [] });
    });

    describe('for those who wait', () => {
      const waiting = (
        protocol: LockProtocol,
        path: string,
        holderName: string,
        changes: Partial<AcquireRequest> = {},
        signal = never,
      ): Promise<Acquired | Conflict> =>
        protocol.acquire(request(path, { holderName, session: holderName, waitMs: 60_000, ...changes }), signal);
      const untilWaiting = (name: string): Promise<unknown> =>
        waitFor(`${name} in the queue`, async () =>
          (await ours.list()).waiters.some(({ holder }) => holder.name === name),
        );
      const heldBy = (outcome: Acquired | Conflict): Held => {
        assert.ok(outcome.kind === 'acquired');
        return outcome.held;
      };

      it('grants the lock as soon as it is released, and shows who waits meanwhile', async () => {
        const held = await take(ours, 'src');
        const waiter = waiting(theirs, 'src/api', 'patient');
        await untilWaiting('patient');
        const { waiters } = await ours.list();
        assert.deepEqual(
          waiters.map(({ holder, ticket, verdict, mode }) => [holder.name, ticket, verdict, mode]),
          [['patient', 1, 'live', 'exclusive']],
        );
        await ours.release(held);
        const granted = heldBy(await waiter);
        assert.equal(granted.id, waiters[0]?.id, 'the lock carries the id of its ticket');
        assert.deepEqual((await ours.list()).waiters, []);
        await theirs.release(granted);
      });

      it('serves those who overlap in the order in which they came', async () => {
        const held = await take(ours, 'src');
        const order: string[] = [];
        const waiters: Promise<void>[] = [];
        for (const name of ['first', 'second', 'third']) {
          waiters.push(
            waiting(theirs, 'src', name).then(async (outcome) => {
              order.push(name);
              await theirs.release(heldBy(outcome));
            }),
          );
          await untilWaiting(name);
        }
        await ours.release(held);
        await Promise.all(waiters);
        assert.deepEqual(order, ['first', 'second', 'third']);
      });

      it('refuses a try that would overtake somebody who waits, and names him', async () => {
        const held = await take(ours, 'src/a');
        const waiter = waiting(theirs, 'src', 'earlier');
        await untilWaiting('earlier');
        const outcome = await ours.acquire(request('src/b', { holderName: 'later' }), never);
        assert.ok(outcome.kind === 'conflict');
        assert.deepEqual(outcome.locks, []);
        assert.deepEqual(
          outcome.waiters.map(({ holder }) => holder.name),
          ['earlier'],
        );
        await ours.release(held);
        await theirs.release(heldBy(await waiter));
      });

      it('holds up nobody whose scope is another', async () => {
        const held = await take(ours, 'src');
        const waiter = waiting(theirs, 'src', 'waiting');
        await untilWaiting('waiting');
        await ours.release(await take(ours, 'docs'));
        await ours.release(held);
        await theirs.release(heldBy(await waiter));
      });

      it('lets those who share in together, but not past an exclusive one that came before', async () => {
        const shared = { mode: 'shared' } as const;
        const held = await take(ours, 'src', shared);
        const writer = waiting(theirs, 'src', 'writer');
        await untilWaiting('writer');
        const readers = [waiting(ours, 'src', 'reader 1', shared)];
        await untilWaiting('reader 1');
        readers.push(waiting(theirs, 'src/api', 'reader 2', shared));
        await untilWaiting('reader 2');
        await ours.release(held);
        const written = heldBy(await writer);
        assert.deepEqual(
          (await ours.list()).waiters.map(({ holder }) => holder.name),
          ['reader 1', 'reader 2'],
        );
        await theirs.release(written);
        const both = (await Promise.all(readers)).map(heldBy);
        assert.equal((await ours.list()).locks.length, 2);
        for (const read of both) await ours.release(read);
      });

      it('gives up after its time, names what it waited for, and leaves the queue', async () => {
        await take(ours, 'src');
        const outcome = await waiting(theirs, 'src', 'hurried', { waitMs: 50 });
        assert.ok(outcome.kind === 'conflict');
        assert.equal(outcome.timedOut, true);
        assert.equal(outcome.locks.length, 1);
        assert.deepEqual((await ours.list()).waiters, []);
      });

      it('leaves the queue when it is cancelled, and whoever is behind gets on', async () => {
        const held = await take(ours, 'src/a');
        const cancelled = new AbortController();
        const ahead = waiting(theirs, 'src', 'ahead', {}, cancelled.signal);
        await untilWaiting('ahead');
        const behind = waiting(theirs, 'src/b', 'behind');
        await untilWaiting('behind');
        cancelled.abort();
        await assert.rejects(ahead, { code: 'cancelled' });
        await theirs.release(heldBy(await behind));
        await ours.release(held);
      });

      it('tells whoever waits what for, and again when that changes', async () => {
        const first = await take(ours, 'src/a', { holderName: 'one' });
        const second = await take(ours, 'src/b', { holderName: 'two' });
        const told: (readonly string[])[] = [];
        const waiter = theirs.acquire(request('src', { holderName: 'told', waitMs: 60_000 }), never, ({ locks }) =>
          told.push(locks.map(({ holder }) => holder.name).sort()),
        );
        await waitFor('the first word', () => told.length === 1);
        await ours.release(first);
        await waitFor('the second word', () => told.length === 2);
        await ours.release(second);
        await theirs.release(heldBy(await waiter));
        assert.deepEqual(told, [['one', 'two'], ['two']]);
      });
    });

    it('calls watchers after a change, and not after they are disposed of', async () => {
      let calls = 0;
      const watch = theirs.watch(() => calls++);
      const held = await take(ours, 'src');
      await waitFor('a call after acquire', () => calls > 0);
      const after = calls;
      await ours.release(held);
      await waitFor('a call after release', () => calls > after);
      watch.dispose();
      const disposed = calls;
      await take(ours, 'src');
      await take(ours, 'docs');
      assert.equal(calls, disposed);
    });
  });
}
