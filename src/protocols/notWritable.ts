import { LockError, messageOf, systemErrorCode } from '../core/errors.ts';
import type { Steps } from '../os/os.ts';

/**
 * What the system refuses while a lock is taken in another tool's directory, as a sentence.
 * @param whose name of the tool
 * @throws LockError `store-not-writable`
 */
export function* explainRefusal<T>(whose: string, directory: string, steps: Steps<T>): Steps<T> {
  try {
    return yield* steps;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    throw new LockError(
      'store-not-writable',
      `${whose}’s locks in ${directory} cannot be taken (${messageOf(error)}).`,
      `Make it a directory in which you may write, or set protocols.${whose} to false in .wlock.json: then ${whose} is not asked.`,
      { cause: error },
    );
  }
}
