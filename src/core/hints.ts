/**
 * What users of these tools suffered from without seeing it (PROTOCOLS 1.10, 2.4, 4.4), read from the picture: each a
 * sentence with the locks that it is about. Pure.
 */
import type { Lock, LockId } from './lock.ts';
import { describeLock, holderOf, nameOf } from './sentences.ts';
import type { Snapshot } from './snapshot.ts';
import type { Waiter } from './waiter.ts';
import { blocks } from './lock.ts';

export interface Hint {
  readonly kind: 'whole-root' | 'excludes-nobody' | 'own-tool' | 'stuck-queue';
  /** Locks or waiters. */
  readonly about: readonly LockId[];
  readonly says: string;
}

/** @param picture.locks at least those that `mayBeHintedAt` */
export function findHints(
  { locks, waiters, waits }: Pick<Snapshot, 'locks' | 'waiters' | 'waits'>,
  root: string,
): readonly Hint[] {
  const [wholeRoots, idle, ownTools]: [Hint[], Hint[], Hint[]] = [[], [], []];
  for (const lock of locks) {
    if (!blocks(lock)) continue;
    if (coversRoot(lock, root)) wholeRoots.push(wholeRoot(lock, waits));
    const excluding = excludesNobody(lock, root);
    if (excluding) idle.push(excluding);
    for (const says of lock.warnings ?? []) ownTools.push({ kind: 'own-tool', about: [lock.id], says });
  }
  return [...wholeRoots, ...idle, ...ownTools, ...stuckQueue(waiters)];
}

/** Whether a lock alone can be the reason for a hint; few are. */
export function mayBeHintedAt(lock: Lock, root: string): boolean {
  return coversRoot(lock, root) || !lock.enforced || lock.scope.length === 0 || (lock.warnings ?? []).length > 0;
}

/** Whoever locks a whole repository blocks everybody in it; most loops of little-loops do so without meaning it. */
function coversRoot({ scope, mode, mine, enforced }: Lock, root: string): boolean {
  return (
    mode === 'exclusive' && !mine && enforced && scope.some((entry) => entry.kind === 'path' && entry.path === root)
  );
}

function wholeRoot(lock: Lock, waits: Snapshot['waits']): Hint {
  const blocked = [...new Set(waits.filter(({ locks }) => locks.includes(lock)).map(({ waiter }) => nameOf(waiter)))];
  const whom = blocked.length === 0 ? 'everybody else in it waits or fails' : `${blocked.join(', ')} wait for it`;
  return {
    kind: 'whole-root',
    about: [lock.id],
    says: `${holderOf(lock)} holds the whole workspace, so ${whom}. A narrower scope would let others work.`,
  };
}

function excludesNobody(lock: Lock, root: string): Hint | undefined {
  if (lock.protocol !== 'loops') return undefined;
  const says = !lock.enforced
    ? `${holderOf(lock)} holds ${describeLock(lock, root)}, but its record lies in a folder where little-loops itself never looks: only Workspace Locks obeys it.`
    : lock.scope.length === 0
      ? `${holderOf(lock)} holds a lock without a scope, which excludes nobody.`
      : undefined;
  return says === undefined ? undefined : { kind: 'excludes-nobody', about: [lock.id], says };
}

/** little-loops serves the earliest entry of all first, so one that nobody stands behind any more blocks every queue. */
function stuckQueue(waiters: readonly Waiter[]): readonly Hint[] {
  const theirs = waiters.filter(({ ticket, protocol }) => protocol === 'loops' && ticket === undefined);
  if (theirs.length < 2) return [];
  return theirs
    .filter(({ verdict, holder }) => verdict === 'stale' || holder.pid === undefined)
    .map((waiter) => ({
      kind: 'stuck-queue',
      about: [waiter.id],
      says:
        waiter.holder.pid === undefined
          ? `An entry of little-loops’ queue, of ${nameOf(waiter)}, names no process, so little-loops never drops it: every queued loop may wait for it for ever. Delete ${waiter.file} if nobody waits.`
          : `An entry of little-loops’ queue, of ${nameOf(waiter)}, is of a process that is gone; the next queued loop drops it.`,
    }));
}
