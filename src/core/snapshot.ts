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

/** What came and went between two listings of locks. What has not changed is the very same object in both. */
export interface LockChanges {
  readonly gone: readonly Lock[];
  readonly come: readonly Lock[];
}

/** Most stand where they stood, so what is the same at both ends is passed over. */
export function changesOf(before: readonly Lock[], after: readonly Lock[]): LockChanges {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let same = 0;
  const longestEnd = Math.min(before.length, after.length) - start;
  while (same < longestEnd && before[before.length - 1 - same] === after[after.length - 1 - same]) same++;
  const gone = new Set(before.slice(start, before.length - same));
  const come = after.slice(start, after.length - same).filter((lock) => !gone.delete(lock));
  return { gone: [...gone], come };
}

/** Up to this part of all locks, mending what was worked out costs less than working it out anew. */
const mendable = 1 / 8;

/** Whether so few have changed that the rest need not be looked at. */
export function isMendable({ gone, come }: LockChanges, locks: readonly Lock[]): boolean {
  return gone.length + come.length <= locks.length * mendable;
}

/** The index of the locks after some changes. */
export function indexAfter(
  before: Snapshot,
  changes: LockChanges,
  locks: readonly Lock[],
  rule: CaseRule,
): Snapshot['index'] {
  if (!isMendable(changes, locks)) return indexOf(locks, rule);
  if (changes.gone.length + changes.come.length === 0) return before.index;
  return before.index.with({ remove: changes.gone, add: changes.come.map((lock) => [lock.scope, lock] as const) });
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
function findConflicts(locks: readonly Lock[], index: ScopeIndex<Lock>): readonly LockConflict[] {
  return conflictsAmong(locks, locks, index);
}

/** The same after some changes; those that came stand last. */
export function conflictsAfter(
  before: readonly LockConflict[],
  changes: LockChanges,
  locks: readonly Lock[],
  index: ScopeIndex<Lock>,
): readonly LockConflict[] {
  if (!isMendable(changes, locks)) return findConflicts(locks, index);
  if (changes.gone.length + changes.come.length === 0) return before;
  const gone = new Set(changes.gone);
  const kept = before.filter(({ a, b }) => !gone.has(a) && !gone.has(b));
  return [...kept, ...conflictsAmong(changes.come, locks, index)];
}

/** Those of some of the locks with any, each pair once; the one that was there first is `a`. */
function conflictsAmong(
  some: readonly Lock[],
  locks: readonly Lock[],
  index: ScopeIndex<Lock>,
): readonly LockConflict[] {
  const conflicts: LockConflict[] = [];
  const seen = new Set<Lock>();
  for (const lock of some) {
    seen.add(lock);
    if (!blocks(lock)) continue;
    for (const other of index.overlapping(lock.scope)) {
      if (seen.has(other) || !blocks(other)) continue;
      if (lock.mode === 'shared' && other.mode === 'shared') continue;
      // What runs inside `wlock run` has its session, also a keeper whose parents have gone: one holder, not two.
      if (lock.session !== undefined && lock.session === other.session) continue;
      conflicts.push(some === locks ? { a: lock, b: other } : { a: other, b: lock });
    }
  }
  return conflicts;
}

export function diffSnapshots(before: Snapshot, after: Snapshot): SnapshotDiff {
  const { gone, come } = changesOf(before.locks, after.locks);
  const old = new Map<LockId, Lock>(gone.map((lock) => [lock.id, lock]));
  const added: Lock[] = [];
  const changed: { before: Lock; after: Lock }[] = [];
  for (const lock of come) {
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
