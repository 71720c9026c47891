import { shownPath, type Finding } from './finding.ts';
import type { LockManager } from '../lockManager.ts';

/** What the picture of all locks shows that people would not see by themselves. */
export async function hintFindings(manager: LockManager): Promise<readonly Finding[]> {
  const { hints } = await manager.refresh();
  return hints.map(({ says }) => ({ level: 'note', topic: 'hint', text: shownPath(says) }));
}
