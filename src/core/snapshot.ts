/** The picture of all locks at one moment, immutable; every view is a pure function of it (DESIGN 4). */
import { blocks, type Lock, type LockId } from './lock.ts';
import type { CaseRule } from './scope/foldCase.ts';
import { ScopeIndex } from './scope/scopeIndex.ts';

/** Two locks that both count and whose scopes overlap: two holders that think they are alone. */
export interface LockConflict {
  readonly a: Lock;
  readonly b: Lock;
}

export interface Snapshot {
  readonly locks: readonly Lock[];
  readonly conflicts: readonly LockConflict[];
  readonly index: ScopeIndex<Lock>;
  /** Epoch ms. */
  readonly takenAt: number;
}

export interface SnapshotDiff {
  readonly added: readonly Lock[];
  readonly removed: readonly Lock[];
  readonly changed: readonly { readonly before: Lock; readonly after: Lock }[];
}

export function emptySnapshot(takenAt: number, rule: CaseRule): Snapshot {
  return { locks: [], conflicts: [], index: ScopeIndex.of([], rule), takenAt };
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
  return { added, removed: [...old.values()], changed };
}

export function isEmptyDiff(diff: SnapshotDiff): boolean {
  return diff.added.length + diff.removed.length + diff.changed.length === 0;
}

/** Evidence may flicker between equal verdicts (a probe, a pid row); only what people see counts as a change. */
function sameLock(a: Lock, b: Lock): boolean {
  return (
    a.fingerprint === b.fingerprint &&
    a.file === b.file &&
    a.verdict === b.verdict &&
    a.verdictReason === b.verdictReason
  );
}
