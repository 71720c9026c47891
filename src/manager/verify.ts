/** Whether a lock is held now, under this very token: what a resource asks before it lets a writer in. */
import { LockError } from '../core/errors.ts';
import { blocks, type Lock } from '../core/lock.ts';
import type { Snapshot } from '../core/snapshot.ts';
import type { LossCause } from '../protocols/protocol.ts';

export type Verification =
  | { readonly held: true; readonly lock: Lock }
  /** No such lock any more. What it protected went with its record. */
  | { readonly held: false; readonly why: 'gone'; readonly cause: LossCause }
  /** Its record is still there, but its holder is proven gone, so anybody may take its place. */
  | { readonly held: false; readonly why: 'stale'; readonly lock: Lock }
  /** A lock of this id is there, but not the one that this token was given for. */
  | { readonly held: false; readonly why: 'other-token'; readonly lock: Lock };

/** By the whole id or a unique beginning of it; undefined where there is no such lock. */
export function verifyIn(
  { locks }: Snapshot,
  id: string,
  token: string,
): Exclude<Verification, { why: 'gone' }> | undefined {
  const named = locks.filter((lock) => (id === '' ? false : lock.id.startsWith(id)));
  const exact = named.filter((lock) => lock.id === id);
  // Somebody else's record may carry one of our ids as its name; the token tells them apart.
  const candidates = exact.length > 0 ? exact : named;
  const lock = candidates.find((candidate) => candidate.token === token) ?? candidates[0];
  if (!lock) return undefined;
  if (lock.token !== token) {
    if (new Set(candidates.map((candidate) => candidate.id)).size > 1) throw ambiguous(id);
    return { held: false, why: 'other-token', lock };
  }
  return blocks(lock) ? { held: true, lock } : { held: false, why: 'stale', lock };
}

function ambiguous(id: string): LockError {
  return new LockError('ambiguous', `${JSON.stringify(id)} begins several ids.`, 'Give the whole id, as in WLOCK_ID.');
}
