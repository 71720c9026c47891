import * as fs from 'node:fs';
import { messageOf, systemErrorCode } from '../../core/errors.ts';
import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

export function storeFindings({ layout }: LockManager): readonly Finding[] {
  const { running, own, alive } = layout;
  if (!fs.existsSync(running)) {
    return [{ level: 'note', topic: 'store', text: `${running} does not exist; the first acquire makes it` }];
  }
  const places = [running, own, alive].filter((folder) => fs.existsSync(folder));
  // One of them explains those below it.
  const [closed] = places.flatMap(accessFindings);
  return [closed ?? { level: 'ok', topic: 'store', text: running }];
}

function accessFindings(folder: string): readonly Finding[] {
  try {
    if (!fs.statSync(folder).isDirectory()) throw Object.assign(new Error('it is no directory'), { code: 'ENOTDIR' });
    fs.accessSync(folder, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
    return [];
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return [
      {
        level: 'problem',
        topic: 'store',
        text: `${folder} may not be changed (${messageOf(error)})`,
        hint: 'Locks are shown, but cannot be taken here until its permissions allow it.',
      },
    ];
  }
}
