import type { Lock } from '../../core/lock.ts';
import { adviceFor, verdictSentence } from '../../core/sentences.ts';
import type { LockManager } from '../lockManager.ts';
import { shownPath, type Finding } from './finding.ts';

export async function recordFindings(manager: LockManager): Promise<readonly Finding[]> {
  const { locks } = await manager.refresh();
  const live = locks.filter((lock) => lock.verdict === 'live').length;
  return [{ level: 'ok', topic: 'locks', text: `${live} live` }, ...locks.flatMap(verdictFindings)];
}

function verdictFindings(lock: Lock): readonly Finding[] {
  if (lock.verdict === 'live') return [];
  return [
    {
      level: lock.verdict === 'stale' ? 'note' : 'problem',
      topic: `${lock.verdict} lock`,
      text: `${shownPath(lock.file)}: ${verdictSentence(lock)}`,
      hint: shownPath(adviceFor(lock)),
    },
  ];
}
