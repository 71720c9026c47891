/** Reads every lock file of the running directory; changes nothing. */
import * as path from 'node:path';
import { LockError, messageOf, systemErrorCode } from '../../core/errors.ts';
import { sys, type DirectoryEntry, type Fd, type FileInfo, type Steps } from '../../os/os.ts';
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
  readonly content: FoundContent;
}

export type FoundContent =
  | { readonly kind: 'record'; readonly record: LockRecord }
  | { readonly kind: 'malformed'; readonly problem: string }
  | { readonly kind: 'unreadable'; readonly problem: string };

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

/** Undefined: the file went between the listing and the reading, as a release does; it is simply no lock any more. */
export function* readFound(file: string, name: string, nested: boolean): Steps<Found | undefined> {
  const info = yield* sys('lstat', file);
  if (!info) return undefined;
  if (info.kind !== 'file') return { path: file, name, nested, info, content: malformed(`it is a ${info.kind}`) };
  return yield* readFile(file, name, nested, info);
}

function* readFile(file: string, name: string, nested: boolean, before: FileInfo): Steps<Found | undefined> {
  let fd: Fd;
  try {
    fd = yield* sys('open', file, 'read');
  } catch (error) {
    return failedToOpen(error, { path: file, name, nested, info: before });
  }
  try {
    // The descriptor, not the path, says what we read: the name may have been replaced since lstat.
    const info = yield* sys('fstat', fd);
    const content = yield* readContent(fd, info);
    return { path: file, name, nested, info, content };
  } finally {
    yield* sys('close', fd);
  }
}

function failedToOpen(error: unknown, place: Omit<Found, 'content'>): Found | undefined {
  switch (systemErrorCode(error)) {
    case 'ENOENT':
      return undefined;
    case 'ELOOP': // replaced by a symbolic link since lstat
      return { ...place, content: malformed('it is a symbolic link') };
    default:
      return { ...place, content: { kind: 'unreadable', problem: messageOf(error) } };
  }
}

function* readContent(fd: Fd, info: FileInfo): Steps<FoundContent> {
  if (info.kind !== 'file') return malformed(`it is a ${info.kind}`);
  if (info.size > maxRecordBytes) return malformed(`it is larger than ${maxRecordBytes} bytes`);
  try {
    return decodeRecord(yield* sys('read', fd, info.size));
  } catch (error) {
    return { kind: 'unreadable', problem: messageOf(error) };
  }
}

const malformed = (problem: string): FoundContent => ({ kind: 'malformed', problem });

/** Identity of what was read; whoever deletes compares it first. */
export function fingerprintOf(info: FileInfo): string {
  return `${info.dev}:${info.ino}:${info.size}:${info.mtimeMs}`;
}
