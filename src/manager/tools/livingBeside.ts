import type { Lock, LockId } from '../../core/lock.ts';
import type { LoopsProtocol } from '../../protocols/loops/loops.ts';
import type { StandsFor } from '../../protocols/protocol.ts';
import { answerTo } from './answerTo.ts';

/**
 * The locks of our store that live besides this one, read at each question, and twice: a renewal, which publishes a fresh
 * record and then deletes the old, hides its lock from a look that has read the names before and the records after it.
 */
export function livingBeside(id: LockId, loops: Pick<LoopsProtocol, 'living'>): StandsFor['living'] {
  const ask = async (): Promise<readonly Lock[]> => {
    const [first, second] = [await loops.living(), await loops.living()];
    return [...first, ...second].filter((lock) => lock.id !== id);
  };
  return () => answerTo(ask());
}
