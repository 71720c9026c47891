import { escapeForDisplay } from '../../core/display.ts';
import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

/** Only looked at: whoever tried its lock would make others fail for a moment. */
export function gateFindings({ layout, os }: LockManager): readonly Finding[] {
  const topic = 'gate';
  const info = os.lstat(layout.gate);
  if (!info) return [];
  if (info.kind !== 'file') {
    const text = `${layout.gate} is a ${info.kind}`;
    return [{ level: 'problem', topic, text, hint: 'Look who made it, and delete it while no loop runs.' }];
  }
  const gate = `${layout.gate}, inode ${info.ino}`;
  const holders = os.flockHolders(info).map((pid) => {
    return `process ${pid} (${escapeForDisplay(os.commandName(pid) ?? 'already gone', 40)})`;
  });
  const content: readonly Finding[] =
    info.size === 0
      ? []
      : [
          {
            level: 'problem',
            topic,
            text: `${layout.gate} has content (${info.size} bytes); little-loops may take it for a lock and delete it`,
            hint: `While no loop runs: truncate -s 0 ${layout.gate}`,
          },
        ];
  if (holders.length === 0) return [{ level: 'ok', topic, text: `${gate}; nobody is seen inside` }, ...content];
  return [
    {
      level: 'note',
      topic,
      text: `${gate}; inside is ${holders.join(', ')}`,
      hint: 'Nobody stays inside for long. If it is still there next time, resume or end that process; never delete the gate.',
    },
    ...content,
  ];
}
