/** Reads one file that may be a lock, whatever lies in its place: bounded, following no link, waiting for no writer. */
import { messageOf, systemErrorCode } from '../core/errors.ts';
import { sys, type Fd, type FileInfo, type Steps } from '../os/os.ts';

export interface LockFile<T> {
  /** Of what was read. */
  readonly info: FileInfo;
  readonly content: Content<T>;
}

export type Content<T> = T | Malformed | Unreadable;
export type Malformed = { readonly kind: 'malformed'; readonly problem: string };
export type Unreadable = { readonly kind: 'unreadable'; readonly problem: string };

export interface Format<T> {
  readonly maxBytes: number;
  readonly decode: (bytes: Buffer) => T | Malformed;
}

/** Undefined: there is no such file, also where it went between a listing and the reading, as a release does. */
export function* readLockFile<T>(file: string, format: Format<T>): Steps<LockFile<T> | undefined> {
  // Only what is a file, or was one just now, is opened: opening a device does things.
  const info = yield* sys('lstat', file);
  if (!info) return undefined;
  if (info.kind !== 'file') return { info, content: malformed(`it is a ${info.kind}`) };
  return yield* readFile(file, format, info);
}

/** The same where a listing of its directory has just said that it is a plain file. */
export function* readListedFile<T>(file: string, format: Format<T>): Steps<LockFile<T> | undefined> {
  return yield* readFile(file, format, undefined);
}

function* readFile<T>(file: string, format: Format<T>, before: FileInfo | undefined): Steps<LockFile<T> | undefined> {
  let fd: Fd;
  try {
    fd = yield* sys('open', file, 'read');
  } catch (error) {
    return yield* failedToOpen(file, error, before);
  }
  try {
    // The descriptor, not the path, says what we read: the name may have been replaced since lstat.
    const info = yield* sys('fstat', fd);
    return { info, content: yield* readContent(fd, info, format) };
  } finally {
    yield* sys('close', fd);
  }
}

function* failedToOpen(file: string, error: unknown, before: FileInfo | undefined): Steps<LockFile<never> | undefined> {
  switch (systemErrorCode(error)) {
    case 'ENOENT':
      return undefined;
    default: {
      const info = before ?? (yield* sys('lstat', file));
      if (!info) return undefined;
      const isLink = systemErrorCode(error) === 'ELOOP'; // it was replaced by one since we looked
      const unreadable = { kind: 'unreadable', problem: messageOf(error) } as const;
      return { info, content: isLink ? malformed('it is a symbolic link') : unreadable };
    }
  }
}

function* readContent<T>(fd: Fd, info: FileInfo, { maxBytes, decode }: Format<T>): Steps<Content<T>> {
  if (info.kind !== 'file') return malformed(`it is a ${info.kind}`);
  if (info.size > maxBytes) return malformed(`it is larger than ${maxBytes} bytes`);
  try {
    return decode(yield* sys('read', fd, info.size));
  } catch (error) {
    return { kind: 'unreadable', problem: messageOf(error) };
  }
}

const malformed = (problem: string): Malformed => ({ kind: 'malformed', problem });

/** Identity of what was read; whoever deletes compares it first. */
export function fingerprintOf(info: FileInfo): string {
  return `${info.dev}:${info.ino}:${info.size}:${info.mtimeMs}`;
}
