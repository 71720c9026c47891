import { escapeForDisplay } from '../core/display.ts';
import { LockError } from '../core/errors.ts';
import type { Lock } from '../core/lock.ts';
import type { LockManager } from './lockManager.ts';
import { waitUntil } from './waitUntil.ts';

/** A holder that runs answers in milliseconds, but for the time that it may have to wait for the gate: 5 s. */
const patienceMs = 8_000;

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
    // Between the look and this, the holder may take it all the same: then it is not ours to take back.
    const isUnread = await manager.withdrawRenewalRequest(lock);
    throw isUnread ? noAnswer(lock) : notYet(lock);
  }
  return renewed;
}

function noAnswer(lock: Lock): LockError {
  return new LockError(
    'no-answer',
    `${whose(lock)} did not answer within ${patienceMs / 1_000} s.`,
    'It may be stopped, or of an older version. The lock is unchanged; see wlock list.',
  );
}

function notYet(lock: Lock): LockError {
  return new LockError(
    'no-answer',
    `${whose(lock)} has been asked, and could not renew it within ${patienceMs / 1_000} s.`,
    'It goes on trying: somebody seems to be stopped in the gate; see wlock doctor, and wlock list.',
  );
}

function whose({ holder }: Lock): string {
  return `The process ${holder.pid} that holds the lock of ${escapeForDisplay(holder.name, 60)}`;
}
