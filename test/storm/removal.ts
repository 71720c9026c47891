/** What somebody does who does not take part: he deletes live records, or all of the running directory. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Chance } from './chance.mjs';
import type { Ledger } from './ledger.ts';

interface Found {
  readonly file: string;
  /** As the ledger calls it: the lock's id, or the stem of little-loops' file. */
  readonly key: string;
}

/** Removes the record of this lock, or any; false where there is none. */
export function removeRecord(root: string, ledger: Ledger, which: string | Chance): boolean {
  const records = recordsIn(runningIn(root));
  const victim = typeof which === 'string' ? records.find(({ key }) => key === which) : which.pick(records);
  if (!victim) return false;
  // Before it happens: whoever comes in after it is not to blame.
  ledger.say('removing', '-', victim.key);
  fs.rmSync(victim.file, { force: true });
  return true;
}

export function removeEverything(root: string, ledger: Ledger): boolean {
  ledger.follow();
  ledger.say('removing-all', '-');
  try {
    fs.rmSync(runningIn(root), { recursive: true, force: true });
  } catch (error) {
    // Somebody has just put something into it; what was there before is gone all the same, or is next time.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY')) throw error;
  }
  ledger.say('removed-all', '-');
  return true;
}

export const runningIn = (root: string): string => path.join(root, '.loops', '.running');

function recordsIn(running: string): readonly Found[] {
  if (!fs.existsSync(running)) return [];
  return fs.readdirSync(running).flatMap((name) => {
    if (!name.endsWith('.lock') || name === '.acquire.lock') return [];
    const file = path.join(running, name);
    const id = idIn(file);
    return [{ file, key: id ?? path.basename(name, '.lock') }];
  });
}

/** Undefined where it is not ours, or gone. */
function idIn(file: string): string | undefined {
  try {
    return (JSON.parse(fs.readFileSync(file, 'utf8')) as { wlock?: { id?: string } }).wlock?.id;
  } catch {
    return undefined;
  }
}
