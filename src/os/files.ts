/** Files, synchronously: each call is some microseconds on a local disk, and a protocol must not be interleaved with itself. */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { systemErrorCode } from '../core/errors.ts';
import type { DirectoryEntry, Fd, FileInfo, OpenHow } from './os.ts';

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

/** No-follow, and non-blocking so that opening a FIFO that somebody named like a lock cannot hang us. */
export const openFlags: Readonly<Record<OpenHow, number>> = {
  read: O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
  'read-write': O_RDWR | O_NOFOLLOW | O_NONBLOCK,
  create: O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
  'create-exclusive': O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_NONBLOCK,
  append: O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK,
};

/** Node.js sets close-on-exec on every descriptor, so no child inherits one unasked. */
export function open(path: string, how: OpenHow): Fd {
  return fs.openSync(path, openFlags[how], 0o666) as Fd;
}

export function close(fd: Fd): void {
  fs.closeSync(fd);
}

export function fstat(fd: Fd): FileInfo {
  return fileInfo(fs.fstatSync(fd));
}

export function lstat(path: string): FileInfo | undefined {
  const stats = fs.lstatSync(path, { throwIfNoEntry: false });
  return stats && fileInfo(stats);
}

export function read(fd: Fd, maxBytes: number): Buffer {
  return readAt(fd, 0, maxBytes);
}

export function readTail(fd: Fd, maxBytes: number): Buffer {
  return readAt(fd, Math.max(0, fs.fstatSync(fd).size - maxBytes), maxBytes);
}

function readAt(fd: Fd, position: number, maxBytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(maxBytes);
  let length = 0;
  while (length < maxBytes) {
    const got = fs.readSync(fd, buffer, length, maxBytes - length, position + length);
    if (got === 0) break;
    length += got;
  }
  return buffer.subarray(0, length);
}

export function write(fd: Fd, text: string): void {
  writeAt(fd, text, 0);
}

export function append(fd: Fd, text: string): void {
  writeAt(fd, text, null);
}

function writeAt(fd: Fd, text: string, position: number | null): void {
  const bytes = Buffer.from(text, 'utf8');
  const written = fs.writeSync(fd, bytes, 0, bytes.length, position);
  // A short write means a full disk or a quota; the caller has published nothing yet.
  if (written !== bytes.length) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
}

export function fsync(fd: Fd): void {
  fs.fsyncSync(fd);
}

export function truncate(fd: Fd): void {
  fs.ftruncateSync(fd);
}

export function link(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

export function rename(from: string, to: string): void {
  fs.renameSync(from, to);
}

export function unlink(path: string): boolean {
  try {
    fs.unlinkSync(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Step by step, because Node.js' recursive form says ENOENT where the truth is a read-only file system. */
export function mkdir(path: string): void {
  try {
    mkdirOne(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT' || path === dirname(path)) throw error;
    mkdir(dirname(path));
    mkdirOne(path);
  }
}

/** Whoever comes second finds it made, or deleted again, and then makes it. */
function mkdirOne(path: string): void {
  for (;;) {
    try {
      fs.mkdirSync(path);
      return;
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw error;
      const there = fs.lstatSync(path, { throwIfNoEntry: false });
      if (!there) continue;
      const target = there.isSymbolicLink() ? fs.statSync(path, { throwIfNoEntry: false }) : there;
      if (target?.isDirectory() !== true) throw error;
      return;
    }
  }
}

export function readdir(path: string): readonly DirectoryEntry[] | undefined {
  try {
    const entries = fs.readdirSync(path, { withFileTypes: true });
    return entries.map((entry) => ({
      name: entry.name,
      isDirectory: entry.isDirectory(),
      isFile: entry.isFile(),
    }));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function fileInfo(stats: fs.Stats): FileInfo {
  return {
    kind: kindOf(stats),
    dev: stats.dev,
    ino: stats.ino,
    size: stats.size,
    links: stats.nlink,
    uid: stats.uid,
    mtimeMs: stats.mtimeMs,
    ctimeMs: stats.ctimeMs,
  };
}

function kindOf(stats: fs.Stats): FileInfo['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symbolic link';
  if (stats.isFIFO()) return 'FIFO';
  if (stats.isSocket()) return 'socket';
  return 'device';
}
