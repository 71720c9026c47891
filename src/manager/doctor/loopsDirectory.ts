import type { LockManager } from '../lockManager.ts';
import { shownPath, type Finding } from './finding.ts';

export function loopsDirectoryFindings({ loopsDirectory }: LockManager): readonly Finding[] {
  const { loopsDir, because, note } = loopsDirectory;
  const topic = 'loops directory';
  return [
    { level: 'ok', topic, text: `${shownPath(loopsDir)}, because ${because}` },
    ...(note === undefined ? [] : [{ level: 'note', topic, text: note } as const]),
  ];
}
