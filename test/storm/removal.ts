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
  const running = runningIn(root);
  const records = namesIn(running).flatMap((name) => recordAt(running, name) ?? []);
  const victim = typeof which === 'string' ? records.find(({ key }) => key === which) : which.pick(records);
  return victim !== undefined && remove(victim, ledger);
}

/**
 * As `rm -r` does it: what it found when it began, one after the other in the directory's order, so that the gate may go
 * long before the last record. Each record is announced by itself: one that is published meanwhile stays, and so does the
 * promise for it. Only little-loops' writers, which do not look at the gate again, are excused by the gate's removal.
 */
export function removeEverything(root: string, ledger: Ledger): boolean {
  const running = runningIn(root);
  ledger.say('removing-all', '-');
  for (const name of namesIn(running)) {
    const record = recordAt(running, name);
    if (record) remove(record, ledger);
    else unlessRefilled(() => fs.rmSync(path.join(running, name), { recursive: true, force: true }));
  }
  unlessRefilled(() => fs.rmdirSync(running));
  ledger.say('removed-all', '-');
  return true;
}

export const runningIn = (root: string): string => path.join(root, '.loops', '.running');

/** Announced before it happens: whoever comes in after it is not to blame. False where its holder was faster. */
function remove({ file, key }: Found, ledger: Ledger): boolean {
  ledger.say('removing', '-', key);
  try {
    fs.unlinkSync(file);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    ledger.say('spared', '-', key);
    return false;
  }
}

/** Somebody may put something into a directory while it is emptied; then it stays. */
function unlessRefilled(removal: () => void): void {
  try {
    removal();
  } catch (error) {
    if (!['ENOTEMPTY', 'ENOENT'].includes(codeOf(error) ?? '')) throw error;
  }
}

function recordAt(running: string, name: string): Found | undefined {
  if (!name.endsWith('.lock') || name === '.acquire.lock') return undefined;
  const file = path.join(running, name);
  return { file, key: idIn(file) ?? path.basename(name, '.lock') };
}

function namesIn(running: string): readonly string[] {
  return fs.existsSync(running) ? fs.readdirSync(running) : [];
}

/** Undefined where it is not ours, or gone. */
function idIn(file: string): string | undefined {
  try {
    return (JSON.parse(fs.readFileSync(file, 'utf8')) as { wlock?: { id?: string } }).wlock?.id;
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
