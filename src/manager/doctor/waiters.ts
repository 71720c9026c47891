import { deadlockAdvice, deadlockSentence, describeScope, nameOf, waiterSentence } from '../../core/sentences.ts';
import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

/** Who waits without getting on: in a circle, or because it is stopped. */
export async function waiterFindings(manager: LockManager): Promise<readonly Finding[]> {
  const { waiters, deadlocks } = await manager.refresh();
  const { path } = manager.root;
  const stopped = waiters.filter(({ idle, verdict }) => idle && verdict !== 'stale');
  return [
    ...deadlocks.map((deadlock): Finding => ({
      level: 'problem',
      topic: 'deadlock',
      text: deadlockSentence(deadlock, path),
      hint: deadlockAdvice,
    })),
    ...stopped.map((waiter): Finding => ({
      level: 'note',
      topic: 'waiter',
      text: `${nameOf(waiter)}, for ${describeScope(waiter.scope, path)}: ${waiterSentence(waiter, manager.os.now())}`,
      hint: `It is in nobody’s way. Resume or end process ${waiter.holder.pid}.`,
    })),
  ];
}
