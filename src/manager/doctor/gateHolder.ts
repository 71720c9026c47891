import { escapeForDisplay } from '../../core/display.ts';
import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

/** Only looked at: whoever tried the gate's lock would make others fail for a moment. */
export function gateHolderFindings({ layout, os }: LockManager): readonly Finding[] {
  const info = os.lstat(layout.gate);
  if (info?.kind !== 'file') return [];
  const topic = 'inside the gate';
  const holders = os.flockHolders(info).map((pid) => {
    return `process ${pid} (${escapeForDisplay(os.commandName(pid) ?? 'gone meanwhile', 40)})`;
  });
  if (holders.length === 0) return [{ level: 'ok', topic, text: 'nobody is seen' }];
  return [
    {
      level: 'note',
      topic,
      text: holders.join(', '),
      hint: 'Nobody stays inside for long. If it is still there next time, resume or end that process; never delete the gate.',
    },
  ];
}
