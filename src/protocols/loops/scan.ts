/** Reads every lock file of the running directory; changes nothing. */
import * as path from 'node:path';
import { LockError, messageOf, systemErrorCode } from '../../core/errors.ts';
import { sys, type DirectoryEntry, type FileInfo, type Steps } from '../../os/os.ts';
import { readListedFile, readLockFile, type Content } from '../readLockFile.ts';
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
  const { files, temporary } = yield* listFolders(running);
  const found: Found[] = [];
  for (const listed of files) {
    const read = yield* readListed(listed);
    if (read) found.push(read);
  }
  return { found, temporary };
}

export interface ListedRecord {
  readonly file: string;
  /** As in `Found`. */
  readonly name: string;
  readonly nested: boolean;
  readonly isFile: boolean;
}

/** A folder of records as it was before it was listed. */
export interface ListedFolder {
  readonly path: string;
  readonly info: FileInfo;
  /** How many folders are in it, ours among them. */
  readonly folders: number;
}

interface Listing {
  readonly folders: ListedFolder[];
  readonly files: ListedRecord[];
  readonly temporary: string[];
  /** No folder could not be listed. */
  isWhole: boolean;
}

/** Every name that is a record's. */
export function* listFolders(running: string): Steps<Listing> {
  const listing: Listing = { folders: [], files: [], temporary: [], isWhole: true };
  yield* listFolder(running, '', 0, listing);
  return listing;
}

function* listFolder(folder: string, prefix: string, depth: number, listing: Listing): Steps<void> {
  const info = yield* sys('lstat', folder);
  const entries = yield* readFolder(folder, depth);
  if (!entries) {
    listing.isWhole = false;
    return;
  }
  if (info) listing.folders.push({ path: folder, info, folders: entries.filter((each) => each.isDirectory).length });
  for (const { name: entry, isDirectory, isFile } of entries) {
    const file = `${folder}${path.sep}${entry}`; // `path.join` costs as much as reading the file
    const name = prefix + entry;
    if (depth === 0 && entry === ownFolderName) continue;
    if (depth === 0 && isTemporaryName(entry)) listing.temporary.push(file);
    if (isRecordName(entry)) listing.files.push({ file, name, nested: depth > 0, isFile });
    if (isDirectory && depth < maxDepth) yield* listFolder(file, `${name}/`, depth + 1, listing);
  }
}

/** An unreadable sub-directory hides nothing that little-loops would see, but the store itself must be readable. */
function* readFolder(folder: string, depth: number): Steps<readonly DirectoryEntry[] | undefined> {
  try {
    return (yield* sys('readdir', folder)) ?? [];
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    if (depth > 0) return undefined;
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

/** The same for what has just been listed. */
export function* readListed({ file, name, nested, isFile }: ListedRecord): Steps<Found | undefined> {
  if (!isFile) return yield* readFound(file, name, nested);
  const read = yield* readListedFile(file, format);
  return read && { path: file, name, nested, ...read };
}
