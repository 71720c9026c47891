/** Everything that stands in the store, for people and for the search of deadlocks; reads only. */
import type { Lock } from '../../core/lock.ts';
import type { Waiter } from '../../core/waiter.ts';
import { sys, type Steps } from '../../os/os.ts';
import type { Listing } from '../protocol.ts';
import { activityOf } from './activity.ts';
import { observe, type Observer } from './observe.ts';
import { observeTicket, readQueue } from './queue.ts';
import { scanStore, type Found, type Scan } from './scan.ts';
import { readTheirQueue } from './theirQueue.ts';

export function* listStore(observer: Observer): Steps<Listing> {
  const locks = yield* listLocks(observer);
  const waiters = yield* listWaiters(observer);
  // A request keeps its place until it has all that it asked for, with other tools too.
  const granted = new Set(locks.filter(({ token }) => token !== undefined).map(({ id }) => id));
  return { locks, waiters: waiters.filter(({ id }) => !granted.has(id)) };
}

/** Each lock once. */
export function* listLocks(observer: Observer): Steps<readonly Lock[]> {
  const { found } = yield* scanSettled(observer.layout.running);
  const byId = new Map<string, { lock: Lock; revision: number }>();
  for (const candidate of found) {
    const lock = yield* withActivity(yield* observe(candidate, observer), candidate, observer);
    const revision = candidate.content.kind === 'record' ? (candidate.content.record.extra?.revision ?? 0) : 0;
    // Somebody else's record may carry one of our ids as its name, and is a lock of its own.
    const key = `${lock.id} ${lock.token === undefined}`;
    const other = byId.get(key);
    // During a renewal, or after a crash in one, a lock has two records: one that lives speaks for it, else the newer.
    if (!other || isBetter({ lock, revision }, other)) byId.set(key, { lock, revision });
  }
  return [...byId.values()].map(({ lock }) => lock);
}

/** Loops of little-loops itself say what they are doing; ours have no such file. */
function* withActivity(lock: Lock, found: Found, { layout }: Observer): Steps<Lock> {
  if (lock.token !== undefined || lock.verdict === 'malformed') return lock;
  const activity = yield* activityOf(found, layout);
  return activity ? { ...lock, activity } : lock;
}

/** Our own dead waiters are swept by the next gate holder; little-loops' dead ones block its queue, so they are shown. */
function* listWaiters(observer: Observer): Steps<readonly Waiter[]> {
  const waiters: Waiter[] = [];
  for (const ticket of yield* readQueue(observer.layout)) {
    const waiter = yield* observeTicket(ticket, observer);
    if (waiter && waiter.verdict !== 'stale') waiters.push(waiter);
  }
  return [...waiters, ...(yield* readTheirQueue(observer))];
}

/** little-loops writes its records in place, so one that has just changed may be half-written (PROTOCOLS 1.5). */
const writingMs = 500;
const writingPauseMs = 10;
const mostLooksAtWriting = 3;

/** Reads again while a record looks as if somebody were writing it; what stays malformed is shown as such. */
function* scanSettled(running: string): Steps<Scan> {
  for (let turn = 1; ; turn++) {
    const scan = yield* scanStore(running);
    const now = yield* sys('now');
    const writing = scan.found.some(
      ({ content, info }) => content.kind === 'malformed' && Math.abs(now - info.mtimeMs) < writingMs,
    );
    if (!writing || turn === mostLooksAtWriting) return scan;
    yield* sys('sleep', writingPauseMs);
  }
}

function isBetter(a: { lock: Lock; revision: number }, b: { lock: Lock; revision: number }): boolean {
  const aLives = a.lock.verdict === 'live';
  const bLives = b.lock.verdict === 'live';
  return aLives === bLives ? a.revision > b.revision : aLives;
}
