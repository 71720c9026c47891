import { LockError, messageOf } from '../../core/errors.ts';

/** What changing the store failed with, unless that says already what is wrong, such as a missing flock(1). */
export function notWritable(folder: string, cause: unknown): LockError {
  if (cause instanceof LockError) return cause;
  return new LockError(
    'store-not-writable',
    `The lock directory ${folder} cannot be changed (${messageOf(cause)}).`,
    'Check its permissions and whether its disk is full or mounted read-only; locks are still listed.',
    { cause },
  );
}
