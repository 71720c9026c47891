/** Which locks and waiters somebody means: one filter for the command line's selectors and for the editor. Pure. */
import type { Lock, ProtocolId } from './lock.ts';
import type { Scope } from './scope/entry.ts';
import type { CaseRule } from './scope/foldCase.ts';
import { scopesOverlap } from './scope/overlap.ts';
import type { Snapshot } from './snapshot.ts';
import type { Verdict } from './verdict.ts';

/** A lock has to satisfy all that is given; nothing given means every lock. */
export interface LockFilter {
  /** Matches exactly: a part of a name could be somebody else's. */
  readonly holder?: string;
  /** Any of these. */
  readonly verdicts?: readonly Verdict[];
  readonly ownership?: 'mine';
  readonly protocol?: ProtocolId;
  /** Locks that have something in common with it. What cannot be read may be about anything, so it matches too. */
  readonly covering?: Scope;
  /** Held for longer, by the record's own time; a lock that does not say since when does not match. */
  readonly olderThanMs?: number;
}

export interface FilterContext {
  /** Epoch ms. */
  readonly now: number;
  readonly caseRule: CaseRule;
}

type Candidate = Pick<Lock, 'holder' | 'verdict' | 'verdictReason' | 'mine' | 'protocol' | 'scope' | 'acquiredAt'>;

export function matches(lock: Candidate, filter: LockFilter, { now, caseRule }: FilterContext): boolean {
  const { holder, verdicts, ownership, protocol, covering, olderThanMs } = filter;
  return (
    (holder === undefined || lock.holder.name === holder) &&
    (verdicts === undefined || verdicts.includes(lock.verdict)) &&
    (ownership === undefined || lock.mine) &&
    (protocol === undefined || lock.protocol === protocol) &&
    (olderThanMs === undefined || (lock.acquiredAt !== undefined && now - lock.acquiredAt > olderThanMs)) &&
    (covering === undefined ||
      lock.verdictReason === 'unreadable' ||
      scopesOverlap(lock.scope, covering, caseRule) !== undefined)
  );
}

/** Shows every lock. */
export function isEmptyFilter(filter: LockFilter): boolean {
  return Object.values(filter).every((wanted) => wanted === undefined);
}

/** What a filter leaves of a picture; an index of that is nobody's need. */
export type Shown = Omit<Snapshot, 'index'>;

/**
 * Waiters are asked the same as locks, their age being how long they have waited. Conflicts and deadlocks only among
 * what is shown: one with somebody who is not there could not be understood.
 */
export function shownOf({ index, ...snapshot }: Snapshot, filter: LockFilter, context: FilterContext): Shown {
  const locks = snapshot.locks.filter((lock) => matches(lock, filter, context));
  const waiters = snapshot.waiters.filter((waiter) =>
    matches({ ...waiter, acquiredAt: waiter.since }, filter, context),
  );
  const isShown = new Set<object>([...locks, ...waiters]);
  return {
    ...snapshot,
    locks,
    waiters,
    conflicts: snapshot.conflicts.filter(({ a, b }) => isShown.has(a) && isShown.has(b)),
    hints: snapshot.hints.filter(({ about }) =>
      about.every((id) => [...locks, ...waiters].some((shown) => shown.id === id)),
    ),
    deadlocks: snapshot.deadlocks.filter(({ members }) => members.every(({ waiter }) => isShown.has(waiter))),
  };
}
