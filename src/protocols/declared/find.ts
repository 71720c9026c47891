/** The files that a declaration means. Reads directories only, and not more of them than somebody would wait for. */
import * as path from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import { covers } from '../../core/scope/covers.ts';
import { pathEntry, type GlobEntry, type PathEntry } from '../../core/scope/entry.ts';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { overlaps } from '../../core/scope/overlap.ts';
import { sys, type DirectoryEntry, type Steps } from '../../os/os.ts';
import type { Declaration } from './declaration.ts';

const mostLookedAt = 20_000;
const mostFound = 2_000;
/** Nobody keeps locks there; they are large. */
const notEntered: readonly string[] = ['.git', 'node_modules'];

export function* findFiles(
  entry: GlobEntry | PathEntry,
  kind: Declaration['entry'],
  rule: CaseRule,
): Steps<readonly string[]> {
  if (entry.kind === 'path') return [entry.path];
  const found: string[] = [];
  const open = [entry.base];
  let looked = 0;
  for (let folder = open.shift(); folder !== undefined; folder = open.shift()) {
    for (const { name, isDirectory } of yield* entriesOf(folder)) {
      if (++looked > mostLookedAt || found.length >= mostFound) return found;
      const file = path.join(folder, name);
      if (isDirectory === (kind === 'directory') && covers(entry, file, rule)) found.push(file);
      else if (isDirectory && !notEntered.includes(name) && overlaps(entry, pathEntry(file), rule)) open.push(file);
    }
  }
  return found;
}

/** Nothing where it is not there, or may not be read. */
function* entriesOf(folder: string): Steps<readonly DirectoryEntry[]> {
  try {
    return (yield* sys('readdir', folder)) ?? [];
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return [];
  }
}
