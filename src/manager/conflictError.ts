import { LockError } from '../core/errors.ts';
import {
  adviceFor,
  deadlockAdvice,
  deadlockSentence,
  describeLock,
  formatAge,
  holderOf,
  nameOf,
  verdictSentence,
} from '../core/sentences.ts';
import type { Conflict } from '../protocols/protocol.ts';

/** A refusal, thrown: for callers to whom a lock that they do not get is a failure like any other. */
export class ConflictError extends LockError {
  static override readonly name: string = 'ConflictError';
  /** Who is in the way, and whether it was waited for. */
  readonly conflict: Conflict;

  /**
   * @param root scopes are named relative to it
   * @param now epoch ms
   */
  constructor(conflict: Conflict, root: string, now: number) {
    super('conflict', messageOf(conflict, root, now), hintOf(conflict));
    this.name = 'ConflictError';
    this.conflict = conflict;
  }
}

function messageOf({ locks, waiters, deadlock, timedOut }: Conflict, root: string, now: number): string {
  const [lock] = locks;
  const [waiter] = waiters;
  return [
    timedOut ? 'Gave up waiting.' : '',
    lock ? `${describeLock(lock, root)} is locked by ${holderOf(lock)} (${formatAge(lock, now)}).` : '',
    lock ? verdictSentence(lock) : '',
    !lock && waiter ? `${nameOf(waiter)} waits for it and comes first.` : '',
    !lock && !waiter ? 'Another tool was faster, each time, and has let go again.' : '',
    deadlock ? deadlockSentence(deadlock, root) : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

function hintOf({ locks: [lock], deadlock }: Conflict): string {
  if (deadlock) return deadlockAdvice;
  return lock ? adviceFor(lock) : 'Try again, or wait for it: waitMs.';
}
