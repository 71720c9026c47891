import * as path from 'node:path';
import { messageOf } from '../core/errors.ts';
import { lstat } from '../os/files.ts';
import { canonicalPath } from '../os/paths.ts';
import { unusable } from './configuration/badConfiguration.ts';
import { configurationName, isInside, type Configuration } from './configuration/configuration.ts';
import { readJsonFile } from './configuration/jsonFile.ts';
import { shown } from './configuration/readers.ts';

const defaultLoopsDir = '.loops';

/** Configuration of little-loops, relative to the root (PROTOCOLS 1.1). */
export const littleLoopsName = path.join('.ll', 'll-config.json');

/** Where the loops are kept, and so the locks; in words for `doctor`. */
export interface LoopsDirectory {
  /** Relative to the root. */
  readonly loopsDir: string;
  /** Finishes the sentence "The store is x, because …". */
  readonly because: string;
  /** A full sentence where little-loops does not, or perhaps does not, look at the same directory. */
  readonly note?: string;
}

/**
 * `.wlock.json` goes before little-loops' configuration, and that before the default. All must lie inside the root,
 * because the files are only as trusted as the repository that they came with (DESIGN 9).
 * @internal
 */
export function findLoopsDirectory(root: string, { loopsDir }: Configuration): LoopsDirectory {
  if (loopsDir === undefined) return ofLittleLoops(root);
  const because = `${configurationName} says so`;
  const note = differenceFrom(root, loopsDir);
  return { loopsDir, because, ...(note === undefined ? {} : { note }) };
}

/** Where little-loops itself looks, if it is run in the root. */
function ofLittleLoops(root: string): LoopsDirectory {
  const file = path.join(root, littleLoopsName);
  const loopsDir = readLittleLoopsDir(file);
  if (loopsDir === undefined) return { loopsDir: defaultLoopsDir, because: 'it is the default' };
  if (!isInside(root, path.resolve(root, loopsDir))) {
    throw unusable(file, `loops.loops_dir is ${shown(loopsDir)}, which leads out of the workspace`);
  }
  return { loopsDir, because: `${littleLoopsName} says so` };
}

/** Key `loops.loops_dir`. little-loops follows a link in its file's place, and so do we. */
function readLittleLoopsDir(file: string): string | undefined {
  const config = readJsonFile(canonicalPath(file, '/'));
  const value = property(property(config, 'loops'), 'loops_dir');
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  throw unusable(file, 'loops.loops_dir is not a path');
}

function differenceFrom(root: string, ours: string): string | undefined {
  // Without either there is no little-loops here that could look elsewhere.
  const isUsed = ['.ll', defaultLoopsDir].some((name) => lstat(path.join(root, name)) !== undefined);
  if (!isUsed) return undefined;
  let theirs: string;
  try {
    theirs = readLittleLoopsDir(path.join(root, littleLoopsName)) ?? defaultLoopsDir;
  } catch (error) {
    return `Whether little-loops keeps its locks in the same directory cannot be told: ${messageOf(error)}`;
  }
  if (canonicalPath(ours, root) === canonicalPath(theirs, root)) return undefined;
  return (
    `little-loops keeps its locks in ${shown(theirs)}, but ${configurationName} names ${shown(ours)}: ` +
    'it neither sees our locks nor is seen.'
  );
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
