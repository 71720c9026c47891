import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

const boundMs = 5_000;

/** A folder that we make ignores itself; one that little-loops made, or whose `.gitignore` was deleted, may not. */
export async function gitFindings({ root, layout }: LockManager): Promise<readonly Finding[]> {
  if (!fs.existsSync(layout.running) || (await ignores(root.path, path.join(layout.running, 'wlock-x.lock'))))
    return [];
  return [
    {
      level: 'note',
      topic: 'git',
      text: `git does not ignore ${layout.running}, so locks show as new files and may be committed`,
      hint: `echo '*' > ${path.join(layout.running, '.gitignore')}`,
    },
  ];
}

/** True also outside of a repository, and where there is no git: then nobody commits anything. */
function ignores(root: string, file: string): Promise<boolean> {
  // Without the index, so that no program that a repository configures is started to watch it.
  const words = ['-c', 'core.fsmonitor=false', 'check-ignore', '--quiet', '--no-index', file];
  return new Promise((resolve) => {
    execFile('git', words, { cwd: root, timeout: boundMs }, (error) => resolve(error?.code !== 1));
  });
}
