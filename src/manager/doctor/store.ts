import * as fs from 'node:fs';
import { messageOf, systemErrorCode } from '../../core/errors.ts';
import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

/** Rotated at 1 MiB by whoever acquires next, so one of twice the size has not been rotated for long. */
const oversizedJournalBytes = 2 * 1024 * 1024;

export function storeFindings({ layout }: LockManager): readonly Finding[] {
  const places = [layout.running, layout.own, layout.alive].filter((folder) => fs.existsSync(folder));
  const closed = places.flatMap(accessFindings);
  // One of them explains those below it.
  const writable: Finding = { level: 'ok', topic: 'store', text: `${layout.running} may be changed` };
  const access = places.length === 0 ? [] : [closed[0] ?? writable];
  return [...access, ...journalFindings(layout.journal)];
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

function journalFindings(journal: string): readonly Finding[] {
  const stats = fs.lstatSync(journal, { throwIfNoEntry: false });
  if (!stats) return [];
  const topic = 'journal';
  if (!stats.isFile()) {
    const hint = 'Move it away; until then nobody can be told who removed a lock.';
    return [{ level: 'problem', topic, text: `${journal} is not a file`, hint }];
  }
  if (stats.size <= oversizedJournalBytes) return [];
  const text = `${journal} has ${Math.round(stats.size / 1024 / 1024)} MiB`;
  return [{ level: 'note', topic, text, hint: 'The next acquire starts a new one.' }];
}
