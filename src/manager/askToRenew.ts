import { escapeForDisplay } from '../core/display.ts';
import { LockError } from '../core/errors.ts';
import type { Lock } from '../core/lock.ts';
import type { LockManager } from './lockManager.ts';
import { waitUntil } from './waitUntil.ts';

/** A holder that runs answers in milliseconds. */
const patienceMs = 5_000;

/** Asks the process that holds a lock to hold it for `ttlMs` from now on. Resolves to the renewed lock. */
export async function askToRenew(manager: LockManager, lock: Lock, ttlMs: number): Promise<Lock> {
  await manager.writeRenewalRequest(lock, ttlMs);
  const now = (): Lock | undefined => manager.snapshot.locks.find(({ id }) => id === lock.id);
  // The file of a record changes with each renewal, and with nothing else.
  const done = await waitUntil(manager, () => now()?.file !== lock.file, {
    timeoutMs: patienceMs,
    signal: new AbortController().signal,
  });
  const renewed = now();
  if (!renewed) {
    throw new LockError('not-found', `The lock ${lock.id} has ended meanwhile.`, 'Acquire it again.');
  }
  if (!done) {
    const name = escapeForDisplay(lock.holder.name, 60);
    throw new LockError(
      'no-answer',
      `The process ${lock.holder.pid} that holds the lock of ${name} did not answer within ${patienceMs / 1_000} s.`,
      'It may be stopped, or of an older version. The lock is unchanged; see wlock list.',
    );
  }
  return renewed;
}
