/** A request from its first attempt to its end: one try, or a place in the queue until it is granted (DESIGN 6.1, Queue). */
import { deadlockOf } from '../../core/deadlock.ts';
import { LockError } from '../../core/errors.ts';
import type { Lock, LockId } from '../../core/lock.ts';
import type { Waiter, WaiterId } from '../../core/waiter.ts';
import { findWaits } from '../../core/waiting.ts';
import { sys, type Steps } from '../../os/os.ts';
import type { AcquireRequest, Acquired, Conflict } from '../protocol.ts';
import { attempt, claimantOf, sayThatItWaits, type Blocked, type Pending } from './attempt.ts';
import type { Bell } from './bell.ts';
import { Abroad, type Elsewhere, type TakingElsewhere } from './elsewhere.ts';
import { acquiredEvent, type Granted } from './grant.ts';
import type { HoldSlot } from './holdSlot.ts';
import { IdleWatch } from './idleWatch.ts';
import { writeJournal } from './journal.ts';
import { listStore } from './list.ts';
import { completeClaimant, look, type Look } from './look.ts';
import type { Observer } from './observe.ts';
import { clearIdle, removeTicket } from './queueChanges.ts';
import type { Refusals } from './refusals.ts';
import { releaseOwn, unpublishOwn } from './remove.ts';
import { scanStore, type Found } from './scan.ts';
import type { Turn } from './turn.ts';

/** Events wake a waiter; it looks again so often all the same, because a watcher may lose one without a sign. */
const recheckMs = 2_000;
/** Death makes no file event; so often the processes that are waited for are looked at: some system calls. */
const pulseMs = 200;
/** So often a single try begins again where somebody elsewhere was faster, and has gone since. */
const mostVainTries = 3;
/** Up to so many waiters look for deadlocks every two seconds; more do it less often. */
const calmQueue = 20;

/**
 * Who has others before him in the queue goes no sooner for looking at each step of theirs, and his looks would take the
 * processor from them: so long he rests behind each of them before he looks again, and at most.
 */
const restBehindOneMs = 2;
const longestRestMs = 20;

/** What all requests of one process to one store share. */
export interface Shop {
  readonly observer: Observer;
  readonly slot: HoldSlot;
  readonly turn: Turn;
  readonly refusals: Refusals;
  /** Rings when the store changes or something elsewhere, and when the request is cancelled. */
  readonly openBell: (signal: AbortSignal, elsewhere: Elsewhere) => Bell;
}

export function* acquire(
  request: AcquireRequest,
  shop: Shop,
  elsewhere: Elsewhere,
  signal: AbortSignal,
  onBlocked: (conflict: Conflict) => void,
): Steps<Acquired | Conflict> {
  const { observer } = shop;
  yield* refuseRemote(observer);
  const patienceMs = request.waitMs ?? 0;
  const waits = patienceMs > 0;
  const pending: Pending = {
    request,
    id: (yield* sys('uuid')) as LockId,
    since: yield* sys('now'),
    waits,
    abroad: new Abroad(elsewhere, request, waits),
    ticket: undefined,
    isSaidToWait: false,
  };
  const begunAt = yield* sys('monotonic');
  const idle = new IdleWatch();
  let vainTries = 0;
  let bell: Bell | undefined;
  try {
    for (;;) {
      const now = yield* sys('monotonic');
      yield* pending.abroad.look();
      // A single try is over then, and has changed nothing.
      if (!waits && pending.abroad.isInTheWay) return yield* refuse(pending, stoppedBy(pending.abroad), shop, begunAt);
      const outcome = yield* attemptInTurn(pending, idle.overdue(now), begunAt, patienceMs, shop, signal);
      if (outcome.kind === 'gate-busy') continue;
      if (outcome.kind === 'acquired') {
        const taking = yield* takeElsewhere(outcome, pending, shop, begunAt);
        if (taking.kind === 'taken') return { kind: 'acquired', held: outcome.held };
        if (!waits) {
          if (pending.abroad.isInTheWay || ++vainTries === mostVainTries)
            return yield* refuse(pending, stoppedBy(pending.abroad), shop, begunAt);
          continue; // who was faster there has gone again
        }
      } else {
        const view = yield* withElsewhere(outcome.look, pending.abroad);
        idle.see(view.free, yield* sys('monotonic'));
        // A try that only waiters stand in the way of watches whether they go, or are stopped: that is known in a moment.
        const worthWatching = waits || view.free.length > 0;
        if (!worthWatching) return yield* refuse(pending, view, shop, begunAt);
      }
      bell ??= shop.openBell(signal, elsewhere);
      const endsAt = waits ? begunAt + patienceMs : undefined;
      const last = yield* untilWorthATry(pending, endsAt, idle, shop, bell, signal, onBlocked);
      if (last) return yield* refuse(pending, last, shop, begunAt);
    }
  } catch (error) {
    const waitedMs = Math.round((yield* sys('monotonic')) - begunAt);
    if (error instanceof LockError && error.code === 'cancelled')
      yield* shop.refusals.noteCancelled(pending, waitedMs, observer);
    throw error;
  } finally {
    bell?.dispose();
    yield* pending.abroad.leave();
    // Its name is ours alone, so it takes no gate, and a stopped gate holder cannot keep us. Killed before it, we leave a
    // ticket of a dead process, which counts for nothing.
    if (pending.ticket) yield* removeTicket(pending.ticket);
  }
}

/** All, or the lock is given back: nobody holds one while he waits for another. A request that waits has its place still. */
function* takeElsewhere(
  { held, isSaid }: Granted,
  pending: Pending,
  { observer, slot }: Shop,
  begunAt: number,
): Steps<TakingElsewhere> {
  const { layout } = observer;
  let taking: TakingElsewhere | undefined;
  try {
    taking = yield* pending.abroad.take(held);
  } finally {
    if (taking?.kind !== 'taken') yield* isSaid ? releaseOwn(held, observer, slot) : unpublishOwn(held);
  }
  if (taking.kind === 'taken') {
    const waitedMs = (yield* sys('monotonic')) - begunAt;
    if (!isSaid) yield* writeJournal(layout, acquiredEvent(pending, waitedMs, observer));
  } else yield* sayThatItWaits(pending, observer, writeJournal);
  return taking;
}

function stoppedBy({ inTheWay, ahead }: Abroad): Look {
  return { blocking: inTheWay, stale: [], behind: ahead, free: [], tickets: [], deadTickets: [] };
}

/**
 * What was seen in our store, with what others do to it: where nothing of ours stands in the way, something of theirs may;
 * and who waits for one of theirs could not go, although nothing of ours stops him, and is not passed over.
 */
function* withElsewhere(view: Look, abroad: Abroad): Steps<Look> {
  if (!isClear(view)) return { ...view, free: yield* abroad.free(view.free) };
  yield* abroad.look();
  return { ...view, blocking: abroad.inTheWay, behind: abroad.ahead };
}

function isClear({ blocking, behind }: Look): boolean {
  return blocking.length + behind.length === 0;
}

/**
 * One attempt, when it is this process's turn. That somebody is stopped in the gate makes a waiter wait, for as long as it
 * wants to; it keeps its place.
 */
function* attemptInTurn(
  pending: Pending,
  overdue: ReadonlySet<WaiterId>,
  begunAt: number,
  patienceMs: number,
  { observer, slot, turn }: Shop,
  signal: AbortSignal,
): Steps<Granted | Blocked | { readonly kind: 'gate-busy' }> {
  const until = pending.waits ? begunAt + patienceMs : Infinity;
  const waitedMs = (yield* sys('monotonic')) - begunAt;
  try {
    return yield* turn.take(() => attempt(pending, overdue, waitedMs, observer, slot, { signal, until }));
  } catch (error) {
    const mayGoOn = pending.waits && (yield* sys('monotonic')) < until;
    if (mayGoOn && error instanceof LockError && error.code === 'gate-busy') return { kind: 'gate-busy' };
    throw error;
  }
}

/**
 * Looks, without the gate, until nothing seems to stand in the way any more (undefined), or until the request gives up:
 * then what it saw last. Whatever it sees is only a reason to try: inside the gate it looks again.
 */
function* untilWorthATry(
  pending: Pending,
  endsAt: number | undefined,
  idle: IdleWatch,
  shop: Shop,
  bell: Bell,
  signal: AbortSignal,
  onBlocked: (conflict: Conflict) => void,
): Steps<Look | undefined> {
  const { observer } = shop;
  const told = new Told(onBlocked);
  const gone = new Set<number>();
  for (;;) {
    const ring = bell.next(); // before the look, so that nothing changes unseen
    assertWanted(signal);
    const { found } = yield* scanStore(observer.layout.running);
    const here = yield* look({ all: found, near: () => found }, claimantOf(pending, observer), new Set(), observer);
    yield* showLife(pending, here);
    const isFirst = isClear(here);
    if (isFirst) bell.widen(); // only who is first has to know at once what others do
    const view = yield* withElsewhere(here, pending.abroad);
    yield* pending.abroad.standInLine(pending.id, isFirst ? 'could-go' : placeOf(pending, here));
    const now = yield* sys('monotonic');
    if (isFirst && !pending.abroad.isStopped(now)) return undefined;
    const someMovedOn = idle.see(view.free, now);
    if (idle.overdue(now).size > 0) return undefined;
    if (endsAt === undefined ? someMovedOn || view.free.length === 0 : now >= endsAt) return view;
    if (pending.waits && told.isDue(view, found, now))
      told.tell(yield* conflictOf(pending, view, shop, false), view, found, now);
    const nextLook = isFirst ? pending.abroad.nextLook(now) : now + recheckMs;
    yield* sleepWhileBlocked(view, Math.min(endsAt ?? Infinity, idle.nextOverdue(), nextLook), ring, gone);
    const restMs = Math.min(longestRestMs, restBehindOneMs * aheadOf(pending, here));
    if (restMs > 0) yield* sys('sleep', restMs);
  }
}

function aheadOf({ ticket }: Pending, { tickets }: Look): number {
  return ticket ? tickets.filter(({ number }) => number < ticket.number).length : 0;
}

/** A lock that only our store knows, as little-loops' own, is no reason to keep others waiting elsewhere. */
function placeOf({ id }: Pending, { blocking, tickets }: Look): 'first' | 'behind' {
  const isBehindOursOnly = blocking.length > 0 && blocking.every(({ token }) => token !== undefined);
  const [first] = [...tickets].sort((a, b) => a.number - b.number);
  return isBehindOursOnly && first?.id === id ? 'first' : 'behind';
}

/** Somebody passed us over while we were stopped. The mark is about us alone, so it takes no gate to take it away. */
function* showLife({ id }: Pending, { tickets }: Look): Steps<void> {
  const own = tickets.find((ticket) => ticket.id === id);
  if (own) yield* clearIdle(own);
}

/** What the caller knows of the wait: told anew when other locks or waiters stand in the way, or a deadlock comes or goes. */
class Told {
  readonly #onBlocked: (conflict: Conflict) => void;
  #standing = '';
  #deadlocked = false;
  #at = -Infinity;
  /** All records and tickets when it was told last: a deadlock comes and goes with one of them. */
  #picture = '';

  constructor(onBlocked: (conflict: Conflict) => void) {
    this.#onBlocked = onBlocked;
  }

  /**
   * A deadlock is closed by others, so it is looked for although nothing has changed for us; but not at each of their
   * steps: it takes a look at every pair of waiters, and in a long queue each of them looks.
   */
  isDue(view: Look, found: readonly Found[], now: number): boolean {
    const length = view.tickets.length;
    if (length <= calmQueue && standingIn(view.blocking, view.behind) !== this.#standing) return true;
    const isTime = now - this.#at >= recheckMs * Math.max(1, length / calmQueue);
    return isTime && pictureOf(view, found) !== this.#picture;
  }

  tell(conflict: Conflict, view: Look, found: readonly Found[], now: number): void {
    this.#picture = pictureOf(view, found);
    const standing = standingIn(conflict.locks, conflict.waiters);
    const deadlocked = conflict.deadlock !== undefined;
    if (standing !== this.#standing || deadlocked !== this.#deadlocked) this.#onBlocked(conflict);
    this.#standing = standing;
    this.#deadlocked = deadlocked;
    this.#at = now;
  }
}

/** Names are never used twice, so the names say it all. */
function pictureOf({ tickets }: Look, found: readonly Found[]): string {
  return [...found.map(({ name }) => name), ...tickets.map(({ id }) => id)].join(' ');
}

function standingIn(locks: readonly Lock[], waiters: readonly Waiter[]): string {
  // A lock has the id of the ticket that it was waited for with.
  return [...locks.map(({ id }) => `lock ${id}`), ...waiters.map(({ id }) => `waiter ${id}`)].join(' ');
}

/**
 * Until somebody rings, `until` is over, or a process that stands in the way has died. `gone`: dead processes whose locks
 * block all the same, because a command has inherited the hold; each is worth one look. A process that dies between the
 * look and this is not among them, so it is noticed before we sleep.
 */
function* sleepWhileBlocked(view: Look, until: number, ring: AbortSignal, gone: Set<number>): Steps<void> {
  // In a queue each is behind all before it: the first and the one directly ahead are enough, the slow look sees the rest.
  const ahead = [...view.behind.slice(0, 1), ...view.behind.slice(-1)];
  const pids = [...view.blocking, ...ahead].flatMap(({ protocol, holder, verdict }) =>
    verdict === 'live' && protocol !== 'etcd' && holder.pid !== undefined ? [holder.pid] : [],
  );
  for (;;) {
    const dead = yield* firstGone(pids, gone);
    if (dead !== undefined) {
      gone.add(dead);
      return;
    }
    const leftMs = until - (yield* sys('monotonic'));
    if (leftMs <= 0 || ring.aborted) return;
    yield* sys('sleep', Math.min(leftMs, pulseMs), ring);
  }
}

function* firstGone(pids: readonly number[], known: ReadonlySet<number>): Steps<number | undefined> {
  for (const pid of pids) {
    if (!known.has(pid) && (yield* sys('process', pid))?.state !== 'running') return pid;
  }
  return undefined;
}

function assertWanted(signal: AbortSignal): void {
  if (signal.aborted) throw new LockError('cancelled', 'The request was cancelled.', 'Nothing was locked.');
}

/** @throws LockError where a tool could not be asked at the end, so that nobody knows who is in the way */
function* refuse(pending: Pending, view: Look, shop: Shop, begunAt: number): Steps<Conflict> {
  if (pending.abroad.trouble) throw pending.abroad.trouble;
  const conflict = yield* conflictOf(pending, view, shop, pending.waits);
  const waitedMs = Math.round((yield* sys('monotonic')) - begunAt);
  yield* shop.refusals.note(pending, waitedMs, shop.observer);
  return conflict;
}

function* conflictOf(pending: Pending, view: Look, { observer }: Shop, timedOut: boolean): Steps<Conflict> {
  const { locks, waiters } = yield* listStore(observer);
  const claimant = yield* completeClaimant(claimantOf(pending, observer));
  const others = waiters.filter(({ id }) => id !== pending.id);
  const theirs = view.blocking.filter(({ protocol }) => protocol !== 'loops');
  const deadlock = deadlockOf(
    claimant,
    findWaits(() => [...locks, ...theirs], [...others, claimant], observer.caseRule),
  );
  return {
    kind: 'conflict',
    locks: view.blocking,
    waiters: view.behind,
    ...(deadlock ? { deadlock } : {}),
    timedOut,
  };
}

function* refuseRemote({ layout }: Observer): Steps<void> {
  const type = yield* sys('remoteFileSystem', layout.root);
  if (type === undefined) return;
  throw new LockError(
    'unsupported-file-system',
    `${layout.root} lies on a network file system (${type}), where a lock does not reach the other machines.`,
    'Locks are shown, but not taken here. Use a local disk.',
  );
}
