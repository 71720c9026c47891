/** Reads every lock file of the running directory; changes nothing. */
import * as path from 'node:path';
import { LockError, messageOf, systemErrorCode } from '../../core/errors.ts';
import { sys, type DirectoryEntry, type FileInfo, type Steps } from '../../os/os.ts';
import { readLockFile, type Content } from '../readLockFile.ts';
import { isRecordName, isTemporaryName, ownFolderName } from './layout.ts';
import { decodeRecord, maxRecordBytes, type LockRecord } from './record.ts';

/** One `*.lock` as it was when we read it. */
export interface Found {
  readonly path: string;
  /** Path below the running directory, `oracles/x.lock`. */
  readonly name: string;
  /** In a sub-directory, where little-loops itself never looks (PROTOCOLS 1.1). */
  readonly nested: boolean;
  readonly info: FileInfo;
  readonly content: Content<{ readonly kind: 'record'; readonly record: LockRecord }>;
}

export interface Scan {
  readonly found: readonly Found[];
  /** Temporary files of publications; inside the gate they are leftovers of processes that died. */
  readonly temporary: readonly string[];
}

/** How deep below the running directory locks are looked for: loop names such as `oracles/x` make one level. */
const maxDepth = 4;

export function* scanStore(running: string): Steps<Scan> {
  const found: Found[] = [];
  const temporary: string[] = [];
  yield* scanFolder(running, '', 0, found, temporary);
  return { found, temporary };
}

function* scanFolder(folder: string, prefix: string, depth: number, found: Found[], temporary: string[]): Steps<void> {
  const entries = yield* readFolder(folder, depth);
  for (const entry of entries) {
    const file = path.join(folder, entry.name);
    const name = prefix + entry.name;
    if (depth === 0 && entry.name === ownFolderName) continue;
    if (depth === 0 && isTemporaryName(entry.name)) temporary.push(file);
    if (isRecordName(entry.name)) {
      const read = yield* readFound(file, name, depth > 0);
      if (read) found.push(read);
    }
    if (entry.isDirectory && depth < maxDepth) yield* scanFolder(file, `${name}/`, depth + 1, found, temporary);
  }
}

/** An unreadable sub-directory hides nothing that little-loops would see, but the store itself must be readable. */
function* readFolder(folder: string, depth: number): Steps<readonly DirectoryEntry[]> {
  try {
    return (yield* sys('readdir', folder)) ?? [];
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    if (depth > 0) return [];
    throw new LockError(
      'store-not-readable',
      `The lock directory ${folder} cannot be read (${messageOf(error)}).`,
      'Nobody can tell who holds what until it is a directory that you may read.',
      { cause: error },
    );
  }
}

const format = { maxBytes: maxRecordBytes, decode: decodeRecord };

/** Undefined where it has gone; it is simply no lock any more. */
export function* readFound(file: string, name: string, nested: boolean): Steps<Found | undefined> {
  const read = yield* readLockFile(file, format);
  return read && { path: file, name, nested, ...read };
}
