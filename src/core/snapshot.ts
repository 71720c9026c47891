/** The picture of all locks at one moment, immutable; every view is a pure function of it (DESIGN 4). */
import { findDeadlocks, type Deadlock } from './deadlock.ts';
import type { Hint } from './hints.ts';
import { blocks, type Lock, type LockId } from './lock.ts';
import type { Scope } from './scope/entry.ts';
import type { CaseRule } from './scope/foldCase.ts';
import { ScopeIndex } from './scope/scopeIndex.ts';
import type { Waiter } from './waiter.ts';
import { findWaits, type Wait } from './waiting.ts';

/** Two locks that both count and whose scopes overlap: two holders that think they are alone. */
export interface LockConflict {
  readonly a: Lock;
  readonly b: Lock;
}

export interface Snapshot {
  readonly locks: readonly Lock[];
  /** All, also those whose processes are gone. */
  readonly waiters: readonly Waiter[];
  /** What each waiter whose process may live waits for, in the order in which they are served. */
  readonly waits: readonly Wait[];
  readonly deadlocks: readonly Deadlock[];
  readonly conflicts: readonly LockConflict[];
  readonly hints: readonly Hint[];
  readonly index: ScopeIndex<Lock>;
  /** Epoch ms. */
  readonly takenAt: number;
}

/** What people see differently; of what came and went, and of locks that look different now. */
export interface SnapshotDiff {
  readonly added: readonly Lock[];
  readonly removed: readonly Lock[];
  readonly changed: readonly { readonly before: Lock; readonly after: Lock }[];
  readonly waiters: Difference<Waiter>;
  readonly waits: Difference<Wait>;
  readonly conflicts: Difference<LockConflict>;
  readonly deadlocks: Difference<Deadlock>;
  readonly hints: Difference<Hint>;
}

export interface Difference<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

export function emptySnapshot(takenAt: number, rule: CaseRule): Snapshot {
  return {
    locks: [],
    waiters: [],
    waits: [],
    deadlocks: [],
    conflicts: [],
    hints: [],
    index: ScopeIndex.of([], rule),
    takenAt,
  };
}

export function indexOf(locks: readonly Lock[], rule: CaseRule): ScopeIndex<Lock> {
  return ScopeIndex.of(
    locks.map((lock) => [lock.scope, lock] as const),
    rule,
  );
}

/** Finds what may be in the way of a scope: what overlaps it, and what cannot be read and may be about anything. */
export function locksNear({ locks, index }: Pick<Snapshot, 'locks' | 'index'>): (scope: Scope) => readonly Lock[] {
  // A cluster's keys say near what a lock is, also where its record cannot be read.
  const everywhere = locks.filter(
    ({ verdictReason, protocol }) => verdictReason === 'unreadable' && protocol !== 'etcd',
  );
  return (scope) => [...index.overlapping(scope), ...everywhere];
}

/**
 * The picture of what stands in a store; conflicts and hints are for the caller to find, who knows who descends from whom, and
 * the root.
 * @param near all locks that may stop a waiter; which of those that overlap really meet it is for the caller to look up
 */
export function pictureOf(
  { locks, waiters, index, takenAt }: Pick<Snapshot, 'locks' | 'waiters' | 'index' | 'takenAt'>,
  near: (waiter: Waiter) => readonly Lock[],
  rule: CaseRule,
): Omit<Snapshot, 'conflicts' | 'hints'> {
  const waits = findWaits(near, waiters, rule);
  return { locks, waiters, waits, deadlocks: findDeadlocks(waits), index, takenAt };
}

/** Pairs that count and overlap. Whether the two may, as ancestor and descendant, is not for pure code to say. */
export function findConflicts(locks: readonly Lock[], index: ScopeIndex<Lock>): readonly LockConflict[] {
  const position = new Map(locks.map((lock, i) => [lock.id, i]));
  const conflicts: LockConflict[] = [];
  for (const [i, a] of locks.entries()) {
    if (!blocks(a)) continue;
    for (const b of index.overlapping(a.scope)) {
      if ((position.get(b.id) ?? 0) <= i || !blocks(b)) continue; // each pair once
      if (a.mode === 'shared' && b.mode === 'shared') continue;
      // What runs inside `wlock run` has its session, also a keeper whose parents have gone: one holder, not two.
      if (a.session !== undefined && a.session === b.session) continue;
      conflicts.push({ a, b });
    }
  }
  return conflicts;
}

export function diffSnapshots(before: Snapshot, after: Snapshot): SnapshotDiff {
  const old = new Map<LockId, Lock>(before.locks.map((lock) => [lock.id, lock]));
  const added: Lock[] = [];
  const changed: { before: Lock; after: Lock }[] = [];
  for (const lock of after.locks) {
    const earlier = old.get(lock.id);
    old.delete(lock.id);
    if (!earlier) added.push(lock);
    else if (!sameLock(earlier, lock)) changed.push({ before: earlier, after: lock });
  }
  return {
    added,
    removed: [...old.values()],
    changed,
    waiters: difference(before.waiters, after.waiters, ({ id, verdict, idle }) => `${id} ${verdict} ${String(idle)}`),
    waits: difference(before.waits, after.waits, waitKey),
    conflicts: difference(before.conflicts, after.conflicts, ({ a, b }) => `${a.id} ${b.id}`),
    hints: difference(before.hints, after.hints, ({ kind, about, says }) => `${kind} ${about.join(' ')} ${says}`),
    deadlocks: difference(before.deadlocks, after.deadlocks, ({ members }) =>
      members.map(({ waiter }) => waiter.id).join(' '),
    ),
  };
}

/** A wait goes and comes when what it waits for changes. */
function waitKey({ waiter, locks, behind }: Wait): string {
  return [waiter, ...locks, ...behind].map(({ id }) => id).join(' ');
}

function difference<T>(before: readonly T[], after: readonly T[], keyOf: (item: T) => string): Difference<T> {
  const old = new Map(before.map((item) => [keyOf(item), item]));
  const added = after.filter((item) => !old.delete(keyOf(item)));
  return { added, removed: [...old.values()] };
}

export function isEmptyDiff({ added, removed, changed, ...differences }: SnapshotDiff): boolean {
  if (added.length + removed.length + changed.length > 0) return false;
  return Object.values(differences).every((part) => part.added.length + part.removed.length === 0);
}

/** Evidence may flicker between equal verdicts (a probe, a pid row); only what people see counts as a change. */
function sameLock(a: Lock, b: Lock): boolean {
  return (
    a.fingerprint === b.fingerprint &&
    a.file === b.file &&
    a.verdict === b.verdict &&
    a.verdictReason === b.verdictReason &&
    a.activity?.status === b.activity?.status &&
    a.activity?.state === b.activity?.state &&
    sameSet(a.projections, b.projections) &&
    sameSet(a.unseenBy, b.unseenBy)
  );
}

function sameSet(a: readonly { readonly protocol: string }[] = [], b: typeof a = []): boolean {
  return a.length === b.length && a.every(({ protocol }, i) => protocol === b[i]?.protocol);
}
