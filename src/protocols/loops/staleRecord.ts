/** A stale record that we may not delete, such as another user's in a sticky directory. */
import { escapeForDisplay } from '../../core/display.ts';
import { LockError, messageOf, systemErrorCode } from '../../core/errors.ts';
import type { Lock } from '../../core/lock.ts';
import { nameOf } from '../../core/sentences.ts';
import { shellWord } from '../../core/shellWord.ts';
import { sys, type Steps } from '../../os/os.ts';
import type { Observer } from './observe.ts';
import { notWritable } from './storeNotWritable.ts';

/**
 * Whether nobody can ever bring the record back to life, so that a lock may be granted although the record stays. Only its
 * owner renews it. A process that inherited the hold cannot, and while it lives the verdict is not stale; nor can a
 * session's other process take over what is stale (`republish`). A paused owner that has closed its hold
 * could, so a hold that is free is no proof of its own: its process must be gone too, and its number must mean that here.
 */
export function* isDeadForGood({ verdictReason, holder }: Lock, { identity }: Observer): Steps<boolean> {
  switch (verdictReason) {
    case 'rebooted':
    case 'pid-dead':
    case 'pid-recycled':
      return true;
    case 'hold-released': {
      const sameNamespace = holder.pidNamespace !== undefined && holder.pidNamespace === identity.pidNamespace;
      if (!sameNamespace || holder.pid === undefined) return false;
      const process = yield* sys('process', holder.pid);
      return process?.state === 'gone' || process?.state === 'zombie';
    }
    default:
      return false; // not stale
  }
}

/** What deleting a stale record failed with. */
export function* notDeletable(lock: Lock, cause: unknown, { layout }: Observer): Steps<LockError> {
  const info = yield* sys('lstat', lock.file);
  if (!info || !isForbidden(cause)) return notWritable(layout.running, cause);
  return new LockError(
    'store-not-writable',
    `The lock ${escapeForDisplay(lock.id, 120)} of ${nameOf(lock)} is stale, but belongs to user ${info.uid} and may not be deleted (${escapeForDisplay(messageOf(cause), 300)}).`,
    `Let that user, or root, run: wlock reap ${shellWord(lock.id)}`,
    { cause },
  );
}

export function isForbidden(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'EPERM' || code === 'EACCES';
}
