import { describeFileSystem } from '../../os/fileSystems.ts';
import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

/** The root decides whether locks are taken, the store whether they are believed; they may be different mounts. */
export function fileSystemFindings({ root, layout, os }: LockManager): readonly Finding[] {
  const topic = 'file system';
  const remote = [root.path, layout.running].find((place) => os.remoteFileSystem(place) !== undefined);
  if (remote === undefined) {
    const text = `${describeFileSystem(layout.running)}, of this machine: locks hold here`;
    return [{ level: 'ok', topic, text: `${text} (wlock doctor --prove tries it out)` }];
  }
  return [
    {
      level: 'problem',
      topic,
      text: `${remote} lies on ${describeFileSystem(remote)}, on which a lock does not reach the other machines`,
      hint: 'Locks are shown, but not taken here. Use a local disk.',
    },
  ];
}
