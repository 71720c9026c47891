/** One attempt to acquire, inside the gate: look, clear what is dead, publish or take a place in the queue (DESIGN 6.1). */
import { systemErrorCode } from '../../core/errors.ts';
import type { Lock, LockId } from '../../core/lock.ts';
import { pathsSuperset } from '../../core/scope/superset.ts';
import type { WaiterId } from '../../core/waiter.ts';
import { sys, type Steps } from '../../os/os.ts';
import type { AcquireRequest } from '../protocol.ts';
import type { Abroad } from './elsewhere.ts';
import type { Records } from './foundIndex.ts';
import { insideGateAnew, isCurrent, type Gate, type GatePatience } from './gate.ts';
import { extraOf, grant, type Granted } from './grant.ts';
import { isInPlace, type Hold } from './hold.ts';
import { currentHold, type HoldSlot } from './holdSlot.ts';
import { describeLock, describeRequest, heldMs, writeJournalInGate, type writeJournal } from './journal.ts';
import type { GateRecords } from './gateRecords.ts';
import type { StoreLayout } from './layout.ts';
import { look, type Claimant, type Look } from './look.ts';
import { lockIdOf, type Observer } from './observe.ts';
import type { Ticket } from './queue.ts';
import { assertQueue, clearIdle, enqueue, markIdle, removeTicket, sweepQueue } from './queueChanges.ts';
import { sweepRequests } from './requests.ts';
import type { Found } from './scan.ts';
import { isDeadForGood, isForbidden, notDeletable } from './staleRecord.ts';
import { sweepHolds } from './sweep.ts';

/** One request from its first attempt to its last. */
export interface Pending {
  readonly request: AcquireRequest;
  /** Of the ticket, and of the lock. */
  readonly id: LockId;
  /** Epoch ms of the first attempt. */
  readonly since: number;
  /** Whether it takes a place in the queue where it cannot be granted at once. */
  readonly waits: boolean;
  /** What it knows of other tools. */
  readonly abroad: Abroad;
  /** Its place; kept up to date by each attempt. */
  ticket: Ticket | undefined;
  /** The journal tells that it waits. */
  isSaidToWait: boolean;
}

export type Blocked = { readonly kind: 'blocked'; readonly look: Look };

/** `start-over`: the gate or the directory was replaced under us, so what we published may have been seen by nobody. */
type Attempt = Granted | Blocked | 'start-over';

/**
 * @param overdue waiters that could have gone for a second: if they still can, they are passed over
 * @param waitedMs how long the request has waited, for the journal
 */
export function* attempt(
  pending: Pending,
  overdue: ReadonlySet<WaiterId>,
  waitedMs: number,
  observer: Observer,
  slot: HoldSlot,
  patience: GatePatience,
): Steps<Granted | Blocked> {
  return yield* insideGateAnew(observer.layout, patience, function* (round) {
    const hold = yield* currentHold(observer.layout, slot, round === 1 ? 'later' : 'again');
    return (gate) => attemptInside(gate, pending, overdue, waitedMs, observer, hold, slot);
  });
}

function* attemptInside(
  gate: Gate,
  pending: Pending,
  overdue: ReadonlySet<WaiterId>,
  waitedMs: number,
  observer: Observer,
  hold: Hold,
  slot: HoldSlot,
): Steps<Attempt> {
  const { layout } = observer;
  // Somebody may have deleted our hold since it was taken; a record must never name a file that nobody can probe.
  if (!(yield* isInPlace(layout, hold))) return 'start-over';
  yield* assertQueue(layout);
  const { known } = slot;
  const isRemembered = yield* known.bringUpToDate();
  let view = yield* lookPassingOver(known.records, pending, overdue, observer);
  if (isRemembered && view.blocking.length + view.tickets.length > 0) {
    yield* known.list(); // what stands in the way, of it or of those who wait, may have gone
    view = yield* lookPassingOver(known.records, pending, overdue, observer);
  }
  yield* notePlace(pending, view.tickets);
  // Inside the gate nobody publishes: not ours, not little-loops. So a temporary file here was left by the dead, and a
  // stale record that we have just judged is still that record. Gone already is as good: little-loops unlinks outside.
  for (const ticket of view.deadTickets) yield* removeTicket(ticket);
  // Theirs may have gone since, or come: the gate stops none of them. So the request tries again when it sees them gone, and
  // what comes later stops it when it takes what stands for its lock there.
  const blocking = [...view.blocking, ...pending.abroad.inTheWay];
  const isStopped = pending.abroad.isStopped(yield* sys('monotonic'));
  if (isStopped || blocking.length + view.behind.length > 0) {
    if ((yield* takePlace(gate, pending, view, observer, hold)) === 'start-over') return 'start-over';
    yield* sayThatItWaits(pending, observer, writeJournalInGate);
    return { kind: 'blocked', look: { ...view, blocking } };
  }
  // Other tools may still refuse it. Its place is from now on, so that whoever comes meanwhile comes after it.
  const isPlaced = !pending.abroad.mayRefuse || (yield* takePlace(gate, pending, view, observer, hold)) === 'placed';
  if (!isPlaced) return 'start-over';

  for (const file of known.temporary) yield* clearTemporary(file);
  for (const lock of view.stale) yield* clearStale(lock, known, observer);
  if (!slot.swept) {
    yield* sweepHolds(layout, known.records.all);
    yield* sweepQueue(observer);
    yield* sweepRequestsOf(known.records.all, layout);
  }
  slot.swept = true;
  return yield* grant(gate, pending, waitedMs, observer, hold, known, view.stale);
}

/** Whoever could have gone for a second and still can is marked for all to see; each mark may set another one free. */
function* lookPassingOver(
  found: Records,
  pending: Pending,
  overdue: ReadonlySet<WaiterId>,
  observer: Observer,
): Steps<Look> {
  const passed = new Set<WaiterId>();
  for (;;) {
    const view = yield* look(found, claimantOf(pending, observer), passed, observer);
    const idle = view.free.filter(({ id }) => overdue.has(id) && !passed.has(id));
    if (idle.length === 0) return view;
    for (const { id } of idle) {
      passed.add(id);
      const ticket = view.tickets.find((each) => each.id === id);
      if (ticket) yield* markIdle(observer.layout, ticket);
    }
  }
}

/** The request as others see it in the queue; behind everybody while it has no place. */
export function claimantOf({ request, id, since, ticket }: Pending, { identity }: Observer): Claimant {
  const { bootId, pidNamespace } = identity;
  return {
    id,
    protocol: 'loops',
    ticket: ticket?.number ?? Infinity,
    holder: {
      name: request.holderName,
      pid: identity.pid,
      ...(bootId === undefined ? {} : { bootId }),
      ...(pidNamespace === undefined ? {} : { pidNamespace }),
      tool: request.tool,
    },
    scope: request.scope,
    mode: request.mode,
    since,
    session: request.session,
    verdict: 'live',
    verdictReason: 'pid-running',
    evidence: [],
    mine: true,
    sameUser: true,
    idle: false,
    file: ticket?.file ?? '',
  };
}

/** Somebody may have deleted our ticket (`git clean`): then we have no place any more. Or marked us idle: we run again. */
function* notePlace(pending: Pending, tickets: readonly Ticket[]): Steps<void> {
  if (!pending.ticket) return;
  pending.ticket = tickets.find(({ id }) => id === pending.id);
  if (pending.ticket) yield* clearIdle(pending.ticket);
}

/** Where the request waits, and has none yet: in the same gate hold as the look, so that nobody who comes later is earlier. */
function* takePlace(
  gate: Gate,
  pending: Pending,
  view: Look,
  observer: Observer,
  hold: Hold,
): Steps<'placed' | 'start-over'> {
  const { layout, identity } = observer;
  const { request, since } = pending;
  if (pending.waits && !pending.ticket) {
    try {
      pending.ticket = yield* enqueue(layout, view.tickets, {
        name: request.holderName,
        paths: pathsSuperset(request.scope),
        pid: identity.pid,
        startedAt: since,
        extra: extraOf(pending, 0, identity, hold),
      });
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
      return 'start-over'; // the directory was deleted under us
    }
    // Under a gate that was deleted the place may be somebody else's too; the next attempt takes one under the new gate.
    if (!(yield* isCurrent(layout, gate))) {
      yield* removeTicket(pending.ticket);
      pending.ticket = undefined;
      return 'start-over';
    }
  }
  return 'placed';
}

/** Once, when it is known that it has to. */
export function* sayThatItWaits(
  pending: Pending,
  { layout, identity }: Observer,
  write: typeof writeJournal,
): Steps<void> {
  if (!pending.waits || pending.isSaidToWait) return;
  pending.isSaidToWait = true;
  const { request, id } = pending;
  yield* write(layout, { event: 'waited', id, ...describeRequest(request, identity, layout) });
}

/** Something else in their folder's place stops only those who want to ask a holder. */
function* sweepRequestsOf(found: readonly Found[], layout: StoreLayout): Steps<void> {
  try {
    yield* sweepRequests(layout, (id) => found.some((each) => lockIdOf(each) === id));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}

/** What cannot be deleted, such as a folder of that name, is in nobody's way. */
function* clearTemporary(file: string): Steps<void> {
  try {
    yield* sys('unlink', file);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}

/** Stale records go before we publish, so that no paused owner can renew one that we took the place of. */
function* clearStale(lock: Lock, known: GateRecords, observer: Observer): Steps<void> {
  try {
    const isDeleted = yield* sys('unlink', lock.file);
    known.deleted(lock.file);
    if (!isDeleted) return;
  } catch (error) {
    // Another user's in a sticky directory. A dead holder must not block, so we go on beside its record where it stays dead:
    // we have judged it inside this gate hold, and death does not end.
    if (isForbidden(error) && (yield* isDeadForGood(lock, observer))) return;
    throw yield* notDeletable(lock, error, observer);
  }
  const { pid, user } = observer.identity;
  yield* writeJournalInGate(observer.layout, {
    event: 'reaped',
    id: lock.id,
    ...describeLock(lock, observer.layout),
    by: `${user}, while acquiring, pid ${pid}`,
    ...heldMs(lock, yield* sys('now')),
  });
}
