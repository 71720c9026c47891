import { ConflictError } from './conflictError.ts';
import type { HeldLock } from './heldLock.ts';
import type { AcquireOptions, LockManager } from './lockManager.ts';

/**
 * `acquire` for `await using held = await acquireOrThrow(locks, …)`: a refusal is an exception, too.
 * @throws ConflictError, besides what `acquire` throws
 */
export async function acquireOrThrow(locks: LockManager, options: AcquireOptions): Promise<HeldLock> {
  const outcome = await locks.acquire(options);
  if (outcome.ok) return outcome.held;
  throw new ConflictError(outcome.conflict, locks.root.path, locks.os.now());
}
