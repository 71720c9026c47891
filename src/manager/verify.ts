/** Whether a lock is held now, under this very token: what a resource asks before it lets a writer in. */
import { LockError } from '../core/errors.ts';
import { blocks, hasToken, type Lock, type LockId } from '../core/lock.ts';
import { readToken } from '../core/token.ts';
import type { LossCause } from '../protocols/protocol.ts';
import type { LockManager } from './lockManager.ts';

export type Verification =
  | { readonly held: true; readonly lock: Lock }
  /** No such lock any more. What it protected went with its record. */
  | { readonly held: false; readonly why: 'gone'; readonly cause: LossCause }
  /** Its record is still there, but its holder is proven gone, so anybody may take its place. */
  | { readonly held: false; readonly why: 'stale'; readonly lock: Lock }
  /** A lock of this id is there, but not the one that this token was given for. */
  | { readonly held: false; readonly why: 'other-token'; readonly lock: Lock };

/**
 * By the whole id or a unique beginning of it. True of the moment of the look only; a resource that must be sure
 * remembers the highest token instead (docs/fencing.md).
 * @throws LockError `usage` for what is no token, `ambiguous`
 */
export async function verifyLock(locks: LockManager, id: string, token: string): Promise<Verification> {
  const wanted = readToken(token);
  const { locks: all } = await locks.refresh();
  const exact = all.filter((lock) => lock.id === id);
  // Somebody else's record may carry one of our ids as its name; the token tells them apart.
  const candidates = exact.length > 0 || id === '' ? exact : all.filter((lock) => lock.id.startsWith(id));
  const lock = candidates.find((candidate) => hasToken(candidate, wanted)) ?? candidates[0];
  if (!lock) return { held: false, why: 'gone', cause: await locks.endOf(id as LockId) };
  if (hasToken(lock, wanted)) return blocks(lock) ? { held: true, lock } : { held: false, why: 'stale', lock };
  if (exact.length === 0 && candidates.length > 1) throw ambiguous(id);
  return { held: false, why: 'other-token', lock };
}

function ambiguous(id: string): LockError {
  return new LockError('ambiguous', `${JSON.stringify(id)} begins several ids.`, 'Give the whole id, as in WLOCK_ID.');
}
