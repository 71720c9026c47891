/** Who waits for what: the rules of the queue (DESIGN 6.1, Queue) as pure functions over one picture of a store. */
import { blocks, type Lock, type Mode } from './lock.ts';
import type { Scope } from './scope/entry.ts';
import type { CaseRule } from './scope/foldCase.ts';
import { scopesOverlap } from './scope/overlap.ts';
import type { Waiter } from './waiter.ts';

/** One waiter and all that keeps it waiting; with neither, it may take its lock at any moment. */
export interface Wait {
  readonly waiter: Waiter;
  readonly locks: readonly Lock[];
  readonly behind: readonly Waiter[];
}

interface Claim {
  readonly scope: Scope;
  readonly mode: Mode;
}

/** Whether only one of the two can be granted at a time. */
export function compete(a: Claim, b: Claim, rule: CaseRule): boolean {
  if (a.mode === 'shared' && b.mode === 'shared') return false;
  return scopesOverlap(a.scope, b.scope, rule) !== undefined;
}

/**
 * Whether the waiter's process has this lock itself, or runs below the process that has it. Only a process that is
 * really meant: the same number in another boot or pid namespace is somebody else.
 */
function descendsFrom({ lineage, holder: waiting }: Waiter, { holder, verdict }: Lock): boolean {
  const agrees = (recorded: string | undefined, own: string | undefined): boolean =>
    recorded === undefined || recorded === own;
  return (
    verdict === 'live' &&
    holder.pid !== undefined &&
    lineage.includes(holder.pid) &&
    agrees(holder.bootId, waiting.bootId) &&
    agrees(holder.pidNamespace, waiting.pidNamespace)
  );
}

/** A lock of an ancestor does not stop its descendants (PROTOCOLS 1.4: a loop may run loops); a process's own lock does. */
export function isExempt(waiter: Waiter, lock: Lock): boolean {
  return descendsFrom(waiter, lock) && lock.holder.pid !== waiter.lineage[0];
}

/**
 * Whether the lock is not given back before the waiter gets on, as far as one can see: it runs below the holder, or is the
 * same holder in the same process, or of the session that a keeper holds the lock for. Another name in the same process
 * is taken for another task of it.
 */
export function keepsBack(waiter: Waiter, lock: Lock): boolean {
  const { holder, session } = lock;
  if (descendsFrom(waiter, lock)) return isExempt(waiter, lock) || holder.name === waiter.holder.name;
  return holder.isKeeper === true && session !== undefined && session === waiter.session;
}

function stops(lock: Lock, waiter: Waiter, rule: CaseRule): boolean {
  if (!blocks(lock) || isExempt(waiter, lock)) return false;
  return lock.verdictReason === 'unreadable' || compete(lock, waiter, rule);
}

/** The waiters of a store in the order in which they are served: by ticket; those without one by time, in a queue of their own. */
function inServingOrder(waiters: readonly Waiter[]): readonly Waiter[] {
  const place = ({ ticket, since }: Waiter): number => ticket ?? since ?? 0;
  return [...waiters].sort((a, b) => place(a) - place(b) || (a.id < b.id ? -1 : 1));
}

/**
 * What keeps each waiter waiting, in serving order. A waiter is behind an earlier one that competes with it, unless that
 * one is idle, or waits, itself or through others ahead of it, for a lock that the later one keeps back: then the
 * earlier can only go on after the later has (a child of the holder asks for a part of its lock).
 *
 * @param locksNear all locks that may stop a waiter; more do no harm
 */
export function findWaits(
  locksNear: (waiter: Waiter) => readonly Lock[],
  waiters: readonly Waiter[],
  rule: CaseRule,
): readonly Wait[] {
  const waits: Wait[] = [];
  const competing = rememberedCompete(rule);
  /** Every lock that a waiter waits for, itself or through those ahead of it. */
  const awaited = new Map<Waiter, ReadonlySet<Lock>>();
  const active = waiters.filter(({ verdict }) => verdict === 'live' || verdict === 'unknown');
  for (const waiter of inServingOrder(active)) {
    const stopping = locksNear(waiter).filter((lock) => stops(lock, waiter, rule));
    const behind = waits
      .map((earlier) => earlier.waiter)
      .filter((earlier) => yieldsTo(waiter, earlier, awaited.get(earlier) ?? new Set(), competing));
    waits.push({ waiter, locks: stopping, behind });
    awaited.set(waiter, new Set([...stopping, ...behind.flatMap((earlier) => [...(awaited.get(earlier) ?? [])])]));
  }
  return waits;
}

/** Many wait for the same few things: each pair of claims is compared once. */
function rememberedCompete(rule: CaseRule): (a: Claim, b: Claim) => boolean {
  const numbers = new Map<string, number>();
  const numberOf = new WeakMap<Claim, number>();
  const known = new Map<string, boolean>();
  const number = (claim: Claim): number => {
    const before = numberOf.get(claim);
    if (before !== undefined) return before;
    const text = JSON.stringify([claim.mode, claim.scope]);
    const found = numbers.get(text) ?? numbers.size;
    numbers.set(text, found);
    numberOf.set(claim, found);
    return found;
  };
  return (a, b) => {
    const pair = `${number(a)} ${number(b)}`;
    const answer = known.get(pair) ?? compete(a, b, rule);
    known.set(pair, answer);
    return answer;
  };
}

function yieldsTo(
  later: Waiter,
  earlier: Waiter,
  awaited: ReadonlySet<Lock>,
  competing: (a: Claim, b: Claim) => boolean,
): boolean {
  // little-loops serves only the earliest of its queue, whatever the scopes, and neither queue knows the other.
  if (later.ticket === undefined || earlier.ticket === undefined) return later.ticket === earlier.ticket;
  if (earlier.idle || !competing(later, earlier)) return false;
  for (const lock of awaited) if (keepsBack(later, lock)) return false;
  return true;
}

/** Of all that a waiter is behind, directly or through others, those that nothing keeps from taking their locks now. */
export function aheadAndFree(wait: Wait, waits: readonly Wait[]): readonly Waiter[] {
  const waitOf = new Map(waits.map((each) => [each.waiter, each]));
  // Each once: in a queue each is behind all before it, so the ways through it are more than anybody can walk.
  const seen = new Set<Waiter>();
  const free: Waiter[] = [];
  const open: Wait[] = [wait];
  for (let next = open.pop(); next; next = open.pop()) {
    for (const earlier of next.behind) {
      const its = waitOf.get(earlier);
      if (!its || seen.has(earlier)) continue;
      seen.add(earlier);
      if (its.locks.length + its.behind.length === 0) free.push(earlier);
      else open.push(its);
    }
  }
  return free;
}
