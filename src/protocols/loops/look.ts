/** What stands in the way of one request, now: the same look without the gate, while it waits, and inside, before it acts. */
import { blocks, type Lock } from '../../core/lock.ts';
import { aheadAndFree, compete, findWaits, isExempt } from '../../core/waiting.ts';
import type { Waiter, WaiterId } from '../../core/waiter.ts';
import { sys, type Steps } from '../../os/os.ts';
import type { Records } from './foundIndex.ts';
import { observe, scopeOf, type Observer } from './observe.ts';
import { observeTicket, readQueue, readTicket, type Ticket } from './queue.ts';
import type { Found } from './scan.ts';

export interface Look {
  /** Locks that stop it. */
  readonly blocking: readonly Lock[];
  /** Locks in its way whose holders are gone. */
  readonly stale: readonly Lock[];
  /** Waiters that it has to let go first, at least the first of them; looked for only where no lock stops it. */
  readonly behind: readonly Waiter[];
  /** Of those, or of those that they wait for, the ones that could take their locks now. */
  readonly free: readonly Waiter[];
  readonly tickets: readonly Ticket[];
  /** Tickets in its way whose waiters are gone. */
  readonly deadTickets: readonly Ticket[];
}

/** The request as a waiter; its ticket is `Infinity` where it has no place yet. */
export type Claimant = Omit<Waiter, 'lineage'>;

/** Who its ancestors are costs more than the rest of a look, and matters only where something is in the way. */
export function* completeClaimant(claimant: Claimant): Steps<Waiter> {
  const { pid } = claimant.holder;
  return { ...claimant, lineage: pid === undefined ? [] : [pid, ...(yield* sys('ancestors', pid))] };
}

/** `passed`: waiters that are passed over, besides those that are marked idle. */
export function* look(
  found: Records,
  claimant: Claimant,
  passed: ReadonlySet<WaiterId>,
  observer: Observer,
): Steps<Look> {
  const inTheWay: Lock[] = [];
  for (const candidate of found.near(claimant.scope)) {
    // Every record counts for itself: a copy or an older revision with the same id may name another, living hold.
    if (concerns(candidate, [claimant], observer)) inTheWay.push(yield* observe(candidate, observer));
  }
  const counting = inTheWay.filter(blocks);
  const complete = counting.length === 0 ? undefined : yield* completeClaimant(claimant);
  const blocking = complete ? counting.filter((lock) => !isExempt(complete, lock)) : [];
  const stale = inTheWay.filter(({ verdict }) => verdict === 'stale');
  const tickets = yield* readQueue(observer.layout);
  const alone = { blocking, stale, behind: [], free: [], tickets, deadTickets: [] };
  if (blocking.length > 0) return alone;
  const ahead = tickets.filter(({ number, id }) => number < (claimant.ticket ?? Infinity) && id !== claimant.id);
  if (ahead.length === 0) return alone;
  const own = complete ?? (yield* completeClaimant(claimant));
  return { ...alone, ...(yield* lookAtQueue(ahead, found, own, passed, observer)) };
}

type QueueLook = Pick<Look, 'behind' | 'free' | 'deadTickets'>;

/**
 * In a long queue, judging everybody at each look would cost the square of its length. So only the first competitor is
 * looked for, and who is first ahead of that one, and so on to one that could go. That is all there is to know where
 * nobody among them keeps back a lock that others may wait for; else the whole queue is looked at.
 */
function* lookAtQueue(
  ahead: readonly Ticket[],
  found: Records,
  claimant: Waiter,
  passed: ReadonlySet<WaiterId>,
  observer: Observer,
): Steps<QueueLook> {
  const deadTickets: Ticket[] = [];
  const chain: Waiter[] = [];
  for (let last = claimant; ;) {
    if (mayKeepBack(last, found)) return yield* lookAtAll(ahead, found, claimant, passed, observer);
    const first = yield* firstCompetitor(ahead, last, passed, deadTickets, observer);
    if (!first) break;
    chain.push(first);
    last = first;
    if (yield* isStopped(last, found, observer)) return { behind: chain.slice(0, 1), free: [], deadTickets };
  }
  return { behind: chain.slice(0, 1), free: chain.slice(-1), deadTickets };
}

/** Whether `keepsBack` could say so of some lock, whatever its verdict. */
function mayKeepBack({ lineage, session }: Waiter, found: Records): boolean {
  return found.all.some(({ content }) => {
    if (content.kind !== 'record') return false;
    const { pid, extra } = content.record;
    return lineage.includes(pid) || (extra?.isKeeper === true && extra.session === session);
  });
}

/** The earliest before `later` that it has to let go first; notes tickets of the dead on the way. */
function* firstCompetitor(
  tickets: readonly Ticket[],
  later: Waiter,
  passed: ReadonlySet<WaiterId>,
  deadTickets: Ticket[],
  observer: Observer,
): Steps<Waiter | undefined> {
  const { layout, caseRule } = observer;
  for (const ticket of tickets) {
    if (ticket.number >= (later.ticket ?? Infinity)) return undefined;
    if (ticket.idleMark !== undefined || passed.has(ticket.id)) continue;
    // Cheap look before the verdict: most waiters of a busy workspace have nothing to do with the request.
    const record = yield* readTicket(ticket);
    const claim = record?.extra && { scope: scopeOf(record, layout.root), mode: record.extra.mode };
    if (claim && !compete(claim, later, caseRule)) continue;
    const waiter = yield* observeTicket(ticket, observer);
    if (!waiter || waiter.verdict === 'stale') deadTickets.push(ticket);
    else return waiter;
  }
  return undefined;
}

function* isStopped(waiter: Waiter, found: Records, observer: Observer): Steps<boolean> {
  for (const candidate of found.near(waiter.scope)) {
    if (!concerns(candidate, [waiter], observer)) continue;
    const lock = yield* observe(candidate, observer);
    if (blocks(lock) && !isExempt(waiter, lock)) return true;
  }
  return false;
}

function* lookAtAll(
  ahead: readonly Ticket[],
  found: Records,
  claimant: Waiter,
  passed: ReadonlySet<WaiterId>,
  observer: Observer,
): Steps<QueueLook> {
  const waiters: Waiter[] = [];
  const deadTickets: Ticket[] = [];
  for (const ticket of ahead) {
    const waiter = yield* observeTicket(ticket, observer);
    if (!waiter || waiter.verdict === 'stale') deadTickets.push(ticket);
    else waiters.push({ ...waiter, idle: waiter.idle || passed.has(waiter.id) });
  }
  const locks: Lock[] = [];
  for (const candidate of found.all) {
    if (concerns(candidate, waiters, observer)) locks.push(yield* observe(candidate, observer));
  }
  const waits = findWaits(() => locks, [...waiters, claimant], observer.caseRule);
  const own = waits.find(({ waiter }) => waiter === claimant);
  return { behind: own?.behind ?? [], free: own ? aheadAndFree(own, waits) : [], deadTickets };
}

/** Before the verdict is worked out: most locks of a busy workspace have nothing to do with the request. */
function concerns(
  { content }: Found,
  claims: readonly Pick<Waiter, 'scope' | 'mode'>[],
  { layout, caseRule }: Observer,
): boolean {
  switch (content.kind) {
    case 'unreadable':
      return true; // it might be about anything (DESIGN 4, row 10)
    case 'malformed':
      return false; // inside the gate nothing is being written, so it is no lock (DESIGN 4, row 11)
    case 'record': {
      const lock = { scope: scopeOf(content.record, layout.root), mode: content.record.extra?.mode ?? 'exclusive' };
      return claims.some((claim) => compete(lock, claim, caseRule));
    }
  }
}
