/** The files that a path or a glob covers now: what a person wants to see of it. Reads directories only. */
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
export const mostLookedAt = 20_000;

/** Large, and hardly ever what somebody means: entered last. */
const heavyFolder = 'node_modules';

/**
 * What lies high comes before what lies deep, so that one large folder hides nothing. Folders in which nothing can match are
 * not entered; nor is git's own, where nobody locks single files.
 */
export async function matchingFiles(
  entry: Exclude<ScopeEntry, { kind: 'name' }>,
  rule: CaseRule,
  most: number,
): Promise<MatchingFiles> {
  const start = entry.kind === 'path' ? entry.path : entry.base;
  if (entry.kind === 'path' && (await isFile(start))) return { files: [start], complete: true };
  const files: string[] = [];
  const open = [start];
  const heavy: string[] = [];
  let looked = 0;
  const done = (complete: boolean): MatchingFiles => ({ files: files.sort(), complete });
  for (let folder = open.shift() ?? heavy.shift(); folder !== undefined; folder = open.shift() ?? heavy.shift()) {
    for (const item of await readFolder(folder)) {
      if (++looked > mostLookedAt || files.length >= most) return done(false);
      const file = path.join(folder, item.name);
      if (!item.isDirectory()) {
        if (covers(entry, file, rule)) files.push(file);
      } else if (item.name !== '.git' && overlaps(entry, pathEntry(file), rule)) {
        (item.name === heavyFolder ? heavy : open).push(file);
      }
    }
  }
  return done(true);
}

async function isFile(file: string): Promise<boolean> {
  const info = await fs.stat(file).catch(() => undefined); // what cannot be looked at holds nothing
  return info !== undefined && !info.isDirectory();
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
