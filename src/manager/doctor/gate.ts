import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

export function gateFindings({ layout, os }: LockManager): readonly Finding[] {
  const { gate } = layout;
  const topic = 'gate';
  const info = os.lstat(gate);
  if (!info) return [];
  if (info.kind !== 'file') {
    const text = `${gate} is a ${info.kind}`;
    return [{ level: 'problem', topic, text, hint: 'Look who made it, and delete it while no loop runs.' }];
  }
  if (info.size === 0) return [{ level: 'ok', topic, text: `${gate}, inode ${info.ino}` }];
  return [
    {
      level: 'problem',
      topic,
      text: `${gate} has content (${info.size} bytes); little-loops may take it for a lock and delete it`,
      hint: `While no loop runs: truncate -s 0 ${gate}`,
    },
  ];
}
