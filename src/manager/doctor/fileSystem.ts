import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

/** The root decides whether locks are taken, the store whether they are believed; they may be different mounts. */
export function fileSystemFindings({ root, layout, os }: LockManager): readonly Finding[] {
  const topic = 'file system';
  for (const place of [root.path, layout.running]) {
    const remote = os.remoteFileSystem(place);
    if (remote === undefined) continue;
    const text = `${place} lies on ${remote}, on which a lock does not reach the other machines`;
    return [{ level: 'problem', topic, text, hint: 'Locks are shown, but not taken here. Use a local disk.' }];
  }
  return [{ level: 'ok', topic, text: 'of this machine: locks hold here' }];
}
