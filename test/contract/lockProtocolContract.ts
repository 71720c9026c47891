/** What every lock format promises (DESIGN 6): one suite, run over each implementation. */
import assert from 'node:assert/strict';
import type { Lock, Token } from '../../src/core/lock.ts';
import type { ScopeEntry } from '../../src/core/scope/entry.ts';
import { scopesOverlap } from '../../src/core/scope/overlap.ts';
import type {
  Acquired,
  AcquireRequest,
  Conflict,
  HeldAnywhere,
  LockProtocol,
  Lost,
  Renewed,
} from '../../src/protocols/protocol.ts';
import { waitFor } from '../real/waitFor.ts';

/** What a format may lack; everything else is asked of each. */
export type Feature =
  /** Paths that contain each other; the others lock single things. */
  | 'nesting'
  | 'shared locks'
  /** A lock is listed under the id, token, session and reason with which it was taken. */
  | 'identity'
  | 'expiry'
  | 'transfer'
  | 'queue'
  | 'cancelling'
  /** Shows a lock whose holder is gone. Where the kernel frees it, there is nothing to show. */
  | 'staleness'
  | 'reaping'
  | 'forcing'
  /** Who removed a lock is remembered. */
  | 'journal';

/** One store, seen by several processes. */
export interface Store<H extends HeldAnywhere = HeldAnywhere, P extends LockProtocol<H> = LockProtocol<H>> {
  /** Another process's view of the store. */
  open(session: string): Promise<P>;
  /** A thing of the workspace that can be locked; where the format knows nesting, `a/b` lies in `a`. */
  entry(name: string): ScopeEntry;
  /** Everything that lies in the workspace, to see that nothing was created. */
  files(): readonly string[] | Promise<readonly string[]>;
  /** A lock on this whose holder was killed, or whose time is over. */
  leaveDead(entry: ScopeEntry): Promise<void>;
  /** Deletes the records as somebody does who takes no part. */
  deleteRecord(held: H): void | Promise<void>;
  /** Hands a lock to another process. */
  transfer?(to: P, held: H, session: string): Promise<Renewed<H> | Lost>;
  close(): Promise<void>;
}

export function describeLockProtocol<H extends HeldAnywhere, P extends LockProtocol<H>>(
  name: string,
  lacks: readonly Feature[],
  openStore: () => Promise<Store<H, P>>,
): void {
  const has = (feature: Feature): boolean => !lacks.includes(feature);

  describe(`The lock protocol ${name}`, () => {
    let store: Store<H, P>;
    let ours: P;
    let theirs: P;

    beforeEach(async () => {
      store = await openStore();
      ours = await store.open('ours');
      theirs = await store.open('theirs');
    });

    afterEach(() => store.close());

    const request = (name: string, changes: Partial<AcquireRequest> = {}): AcquireRequest => ({
      scope: [store.entry(name)],
      mode: 'exclusive',
      holderName: 'somebody',
      session: 'ours',
      tool: 'contract',
      ...changes,
    });
    const never = new AbortController().signal;

    const take = async (protocol: P, name: string, changes: Partial<AcquireRequest> = {}): Promise<H> => {
      const outcome = await protocol.acquire(request(name, changes), never);
      assert.ok(outcome.kind === 'acquired');
      return outcome.held;
    };
    const only = async (protocol: P): Promise<Lock> => {
      const { locks } = await protocol.list();
      assert.equal(locks.length, 1);
      return locks[0] ?? assert.fail();
    };
    const assertStillHeld = async (protocol: P, held: H): Promise<void> => {
      assert.equal(await protocol.lossOf(held), undefined);
      assert.equal((await only(protocol)).verdict, 'live');
    };

    it('creates nothing when it lists', async () => {
      const before = await store.files();
      assert.deepEqual(await ours.list(), { locks: [], waiters: [] });
      assert.deepEqual(await store.files(), before);
    });

    it('lists what was acquired: held, on this scope, and how that is known', async () => {
      const held = await take(ours, 'src');
      const lock = await only(theirs);
      assert.equal(lock.protocol, held.protocol);
      assert.ok(scopesOverlap(lock.scope, held.scope, { fold: false }));
      assert.equal(lock.verdict, 'live');
      assert.ok(lock.evidence.length > 0);
      assert.equal(lock.mine, false);
      assert.equal(lock.sameUser, true);
    });

    if (has('identity')) {
      it('lists it with holder, scope, token and session', async () => {
        const held = await take(ours, 'src', { holderName: 'nightly', reason: 'cleaning' });
        const lock = await only(theirs);
        assert.equal(lock.id, held.id);
        assert.equal(lock.token, tokenOf(held));
        assert.equal(lock.holder.name, 'nightly');
        assert.equal(lock.reason, 'cleaning');
        assert.deepEqual(lock.scope, held.scope);
        assert.equal((await only(ours)).mine, true, 'of the session that looks');
      });
    }

    it('refuses what is held, naming the lock in the way, and leaves nothing behind', async () => {
      const held = await take(ours, 'src');
      const lock = await only(theirs);
      const outcome = await theirs.acquire(request('src'), never);
      assert.deepEqual(outcome.kind === 'conflict' && outcome.locks.map(({ id }) => id), [lock.id]);
      await assertStillHeld(ours, held);
    });

    it('takes all of several, or none', async () => {
      await take(ours, 'docs');
      const scope = ['api', 'docs', 'src'].map((name) => store.entry(name));
      assert.equal((await theirs.acquire({ ...request('src'), scope }, never)).kind, 'conflict');
      assert.equal((await theirs.list()).locks.length, 1);
      await take(ours, 'api');
      await take(ours, 'src');
    });

    if (has('nesting')) {
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
    }

    it('grants what does not overlap, also where names begin alike', async () => {
      await take(ours, 'src/api');
      await take(theirs, 'src/api2');
      await take(theirs, 'src/ap');
      await take(theirs, 'docs');
    });

    if (has('shared locks')) {
      it('lets shared locks overlap each other, and nothing else', async () => {
        const shared = { mode: 'shared' } as const;
        await take(ours, 'src', shared);
        await take(theirs, 'src/api', shared);
        assert.equal((await theirs.acquire(request('src/api'), never)).kind, 'conflict');
      });
    } else {
      it('says that it knows no shared locks', async () => {
        await assert.rejects(ours.acquire(request('src', { mode: 'shared' }), never), { code: 'not-supported' });
        assert.deepEqual(await theirs.list(), { locks: [], waiters: [] });
      });
    }

    if (has('identity')) {
      it('gives tokens that only grow', async () => {
        const tokens: number[] = [];
        for (const protocol of [ours, theirs, ours, theirs]) {
          const held = await take(protocol, 'src');
          tokens.push(Number(tokenOf(held)?.split(':')[1]));
          await protocol.release(held);
        }
        assert.deepEqual(
          tokens,
          [...new Set(tokens)].sort((a, b) => a - b),
        );
      });
    }

    it('is free again after release, which may be called twice and never touches a successor', async () => {
      const held = await take(ours, 'src');
      await ours.release(held);
      const next = await take(theirs, 'src');
      await ours.release(held);
      await assertStillHeld(theirs, next);
    });

    it('renews what it holds, and has given it back when it is released', async () => {
      const renewed = await ours.renew(await take(ours, 'src'), undefined);
      assert.ok(renewed.kind === 'renewed');
      await assertStillHeld(ours, renewed.held);
      await ours.release(renewed.held);
      assert.deepEqual(await theirs.list(), { locks: [], waiters: [] });
    });

    if (has('expiry')) {
      it('keeps id, token and scope over a renewal, with a new expiry', async () => {
        const held = await take(ours, 'src', { ttlMs: 60_000 });
        const renewed = await ours.renew(held, 120_000);
        assert.ok(renewed.kind === 'renewed');
        const lock = await only(theirs);
        assert.equal(lock.id, held.id);
        assert.equal(lock.token, tokenOf(held));
        assert.equal(lock.acquiredAt, held.acquiredAt);
        assert.ok((lock.expiresAt ?? 0) > (held.expiresAt ?? 0));
        assert.ok(lock.renewedAt !== undefined);
        await ours.release(renewed.held);
        assert.deepEqual(await theirs.list(), { locks: [], waiters: [] });
      });
    }

    it('never recreates a record that is gone: renewing says lost', async () => {
      const held = await take(ours, 'src');
      await store.deleteRecord(held);
      assert.equal((await ours.renew(held, 60_000)).kind, 'lost');
      assert.deepEqual(await theirs.list(), { locks: [], waiters: [] });
    });

    it('never renews over a successor', async () => {
      const held = await take(ours, 'src');
      await store.deleteRecord(held);
      const next = await take(theirs, 'src');
      assert.equal((await ours.renew(held, 60_000)).kind, 'lost');
      await assertStillHeld(theirs, next);
      await ours.release(held);
      await assertStillHeld(theirs, next);
    });

    if (has('transfer')) {
      it('hands a lock over to another process under the same id; the old one has lost it', async () => {
        const held = await take(ours, 'src');
        const moved = await store.transfer?.(theirs, held, 'theirs');
        assert.ok(moved?.kind === 'renewed');
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
        const moved = await store.transfer?.(theirs, held, 'theirs');
        assert.ok(moved?.kind === 'renewed');
        assert.equal((await theirs.renew(moved.held, 60_000)).kind, 'renewed');
        const cause = await ours.lossOf(held);
        assert.equal(cause?.kind === 'removed' && cause.event, 'transferred');
      });

      it('does not tell the new holder that its own taking over was the loss', async () => {
        const held = await take(ours, 'src');
        const moved = await store.transfer?.(theirs, held, 'theirs');
        assert.ok(moved?.kind === 'renewed');
        await store.deleteRecord(moved.held);
        const cause = await theirs.lossOf(moved.held);
        assert.ok(cause && cause.kind !== 'removed');
      });
    }

    it('lets the lock of a dead holder block nobody, reaped or not', async () => {
      await store.leaveDead(store.entry('src'));
      const { locks } = await ours.list();
      assert.deepEqual(
        locks.map(({ verdict }) => verdict),
        has('staleness') ? ['stale'] : [],
      );
      await take(ours, 'src');
      assert.deepEqual(
        (await theirs.list()).locks.map(({ verdict }) => verdict),
        ['live'],
      );
    });

    if (has('reaping')) {
      it('reaps only what is proven stale', async () => {
        await store.leaveDead(store.entry('src'));
        const stale = await only(ours);
        assert.equal((await theirs.reap(stale)).kind, 'reaped');
        assert.equal((await theirs.reap(stale)).kind, 'gone');
        const held = await take(ours, 'src');
        assert.equal((await theirs.reap(await only(theirs))).kind, 'still-live');
        await assertStillHeld(ours, held);
      });

      it('does not reap a successor in place of the dead lock that somebody looked at', async () => {
        await store.leaveDead(store.entry('src'));
        const stale = await only(theirs);
        const held = await take(ours, 'src');
        assert.notEqual((await theirs.reap(stale)).kind, 'reaped');
        await assertStillHeld(ours, held);
      });
    } else {
      it('says why it does not reap', async () => {
        const held = await take(ours, 'src');
        assert.match(String(ours.can.reap), /^[^.].*\.$/);
        await assert.rejects(theirs.reap(await only(theirs)), { code: 'not-supported' });
        await assertStillHeld(ours, held);
      });
    }

    if (has('forcing')) {
      it('force-releases just the lock that was looked at', async () => {
        const held = await take(ours, 'src');
        const seen = await only(theirs);
        assert.equal((await theirs.forceRelease(seen, 'forced')).kind, 'released');
        assert.notEqual(await ours.lossOf(held), undefined);
        const next = await take(ours, 'src');
        assert.notEqual((await theirs.forceRelease(seen, 'forced')).kind, 'released');
        await assertStillHeld(ours, next);
      });
    } else {
      it('says why it does not force-release', async () => {
        const held = await take(ours, 'src');
        assert.match(String(ours.can.forceRelease), /^[^.].*\.$/);
        await assert.rejects(theirs.forceRelease(await only(theirs), 'forced'), { code: 'not-supported' });
        await assertStillHeld(ours, held);
      });
    }

    if (has('journal')) {
      it('tells the holder who force-released his lock', async () => {
        const held = await take(ours, 'src');
        await theirs.forceRelease(await only(theirs), 'forced');
        const cause = await ours.lossOf(held);
        assert.ok(cause?.kind === 'removed');
        assert.equal(cause.event, 'forced');
        assert.match(cause.by, /pid \d+/);
      });
    }

    if (has('cancelling')) {
      it('gives up when it is cancelled, and has locked nothing', async () => {
        await assert.rejects(ours.acquire(request('src'), AbortSignal.abort()), { code: 'cancelled' });
        assert.deepEqual(await theirs.list(), { locks: [], waiters: [] });
      });
    }

    if (has('queue')) {
      describe('for those who wait', () => {
        const waiting = (
          protocol: P,
          path: string,
          holderName: string,
          changes: Partial<AcquireRequest> = {},
          signal = never,
        ): Promise<Acquired<H> | Conflict> =>
          protocol.acquire(request(path, { holderName, session: holderName, waitMs: 60_000, ...changes }), signal);
        const untilWaiting = (name: string): Promise<unknown> =>
          waitFor(`${name} in the queue`, async () =>
            (await ours.list()).waiters.some(({ holder }) => holder.name === name),
          );
        const heldBy = (outcome: Acquired<H> | Conflict): H => {
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
          // Who watches a cluster is told in a moment, and not at once.
          await waitFor('only the readers wait', async () => {
            const names = (await ours.list()).waiters.map(({ holder }) => holder.name);
            return names.join() === 'reader 1,reader 2';
          });
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
    }

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

function tokenOf(held: HeldAnywhere): Token | undefined {
  return 'token' in held ? (held.token as Token) : undefined;
}
