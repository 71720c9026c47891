import { LockError } from '../core/errors.ts';
import type { LossCause } from '../protocols/protocol.ts';
import { lossSentence } from './lossSentence.ts';

/** What aborts `held.lost`: an error, because `fetch` and others reject with a signal's reason as it is. */
export class LostError extends LockError {
  static override readonly name: string = 'LostError';
  /** Who removed the lock, as far as one knows. */
  override readonly cause: LossCause;

  constructor(cause: LossCause) {
    super('lost', `The lock was lost: ${lossSentence(cause)}.`, 'Stop writing; ask for the lock again.');
    this.name = 'LostError';
    this.cause = cause;
  }
}
