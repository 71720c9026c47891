import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ProtocolId } from '../../core/lock.ts';
import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

/** Directories of other tools, relative to the root (PROTOCOLS); their locks are not read yet. */
const unread: readonly { readonly protocol: ProtocolId; readonly folder: string }[] = [
  { protocol: 'claude-swarm', folder: '.agent_locks' },
];

/** The loops protocol is the store itself, a topic of its own. */
export function protocolFindings({ root }: LockManager): readonly Finding[] {
  return unread
    .filter(({ folder }) => fs.existsSync(path.join(root.path, folder)))
    .map(({ protocol, folder }) => ({
      level: 'note',
      topic: 'protocols',
      text: `${protocol}: ${path.join(root.path, folder)} is there, and is not read yet`,
    }));
}
