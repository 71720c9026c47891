import { describeFileSystem } from '../../os/fileSystems.ts';
import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

export function fileSystemTypeFindings({ layout }: LockManager): readonly Finding[] {
  const text = `${describeFileSystem(layout.running)}; wlock doctor --prove tries out whether locks hold on it`;
  return [{ level: 'ok', topic: 'file system type', text }];
}
