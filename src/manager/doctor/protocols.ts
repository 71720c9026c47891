import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ProtocolId } from '../../core/lock.ts';
import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

/** Directories of other tools, relative to the root (PROTOCOLS); their locks are not read yet. */
const unread: readonly { readonly protocol: ProtocolId; readonly folder: string }[] = [
  { protocol: 'claude-swarm', folder: '.agent_locks' },
];

export function protocolFindings({ root, layout }: LockManager): readonly Finding[] {
  const topic = 'protocols';
  const loops: Finding = fs.existsSync(layout.running)
    ? { level: 'ok', topic, text: `loops, in ${layout.running}` }
    : { level: 'note', topic, text: `loops: ${layout.running} does not exist; the first acquire makes it` };
  const others = unread
    .filter(({ folder }) => fs.existsSync(path.join(root.path, folder)))
    .map(({ protocol, folder }): Finding => {
      const text = `${protocol}: ${path.join(root.path, folder)} is there, and is not read yet`;
      return { level: 'note', topic, text };
    });
  return [loops, ...others];
}
