/** The files that a glob covers now: what a person wants to see of it. Reads directories only. */
import type { Dirent } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { covers } from '../core/scope/covers.ts';
import { pathEntry, type ScopeEntry } from '../core/scope/entry.ts';
import type { CaseRule } from '../core/scope/foldCase.ts';
import { overlaps } from '../core/scope/overlap.ts';
import { systemErrorCode } from '../core/errors.ts';

export interface MatchingFiles {
  /** Absolute paths, in the order of their names. */
  readonly files: readonly string[];
  /** False where there are more than were looked for. */
  readonly complete: boolean;
}

/** Directory entries that are looked at; a huge tree must not keep anybody waiting. */
const mostLookedAt = 20_000;

/** Folders in which nothing can match are not entered; nor is git's own, where nobody locks single files. */
export async function matchingFiles(
  entry: Extract<ScopeEntry, { kind: 'glob' }>,
  rule: CaseRule,
  most: number,
): Promise<MatchingFiles> {
  const files: string[] = [];
  const open = [entry.base];
  let looked = 0;
  for (let folder = open.shift(); folder !== undefined; folder = open.shift()) {
    const folders: string[] = [];
    for (const item of await readFolder(folder)) {
      if (++looked > mostLookedAt || files.length >= most) return { files, complete: false };
      const file = path.join(folder, item.name);
      if (item.isDirectory()) {
        if (item.name !== '.git' && overlaps(entry, pathEntry(file), rule)) folders.push(file);
      } else if (covers(entry, file, rule)) files.push(file);
    }
    open.unshift(...folders);
  }
  return { files, complete: true };
}

/** One that has gone, or may not be read, shows nothing. */
async function readFolder(folder: string): Promise<readonly Dirent[]> {
  try {
    const items = await fs.readdir(folder, { withFileTypes: true });
    return items.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return [];
  }
}
