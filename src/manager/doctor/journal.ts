import * as fs from 'node:fs';
import type { LockManager } from '../lockManager.ts';
import type { Finding } from './finding.ts';

/** Rotated at 1 MiB by whoever changes a lock next; at twice the size refusals, releases and losses are not written any more. */
const oversizedBytes = 2 * 1024 * 1024;

export function journalFindings({ layout: { journal } }: LockManager): readonly Finding[] {
  const stats = fs.lstatSync(journal, { throwIfNoEntry: false });
  if (!stats) return [];
  const topic = 'journal';
  if (!stats.isFile()) {
    const hint = 'Move it away; until then nobody can be told who removed a lock.';
    return [{ level: 'problem', topic, text: `${journal} is not a file`, hint }];
  }
  if (stats.size <= oversizedBytes) return [];
  const text = `${journal} has ${Math.round(stats.size / 1024 / 1024)} MiB`;
  return [{ level: 'note', topic, text, hint: 'The next acquire starts a new one.' }];
}
