/**
 * The port on a tree in memory, with files of every kind at any place. Faster than a disk by far, and it notices what a
 * disk would let pass: a read of more than any format allows, an operation on what is no regular file, and no end.
 */
import * as path from 'node:path';
import type { DirectoryEntry, Fd, FileInfo, Identity, Os } from '../../src/os/os.ts';
import { writer } from '../formats/fixtures.ts';

export type Node =
  | { readonly kind: 'file'; bytes: Buffer; readonly size?: number; readonly isPrivate?: boolean }
  | { readonly kind: 'directory'; readonly isPrivate?: boolean }
  | { readonly kind: 'symbolic link' | 'FIFO' | 'socket' | 'device' };

/** The limit of each format (docs/formats.md), by how its file is named; a record's for all others. */
const longestReads: readonly (readonly [RegExp, number])[] = [
  [/\/journal(\.1)?\.jsonl$/, 1024 * 1024 + 64 * 1024],
  [/\/\.wlock\/fence$/, 99],
  [/\/requests\/[^/]*$/, 4_096],
];
const longestRecordBytes = 1024 * 1024;
const mostOperations = 200_000;
const epochMs = 1_795_264_800_000;

/** A broken promise of ours towards the system; never caught by the code under test. */
export class Breach extends Error {
  override readonly name = 'Breach';
}

export const identity: Identity = {
  pid: 4710,
  uid: 0,
  host: writer.host,
  user: 'fuzz',
  startTime: 'ticks:1',
  machineId: writer.machineId,
  bootId: writer.bootId,
  pidNamespace: writer.pidNamespace,
  timeNamespace: writer.timeNamespace,
};

interface Opened {
  readonly path: string;
  readonly node: Node;
}

export class MemoryOs implements Os {
  readonly nodes = new Map<string, Node>([['/', { kind: 'directory' }]]);
  readonly #opened = new Map<number, Opened>();
  readonly #inodes = new WeakMap<Node, number>();
  #nextInode = 1;
  #nextFd = 3;
  #nextUuid = 1;
  #clockMs = 0;
  #operations = 0;

  put(file: string, node: Node): void {
    this.#make(path.dirname(file));
    this.nodes.set(file, node);
  }

  open(file: string, how: Parameters<Os['open']>[1]): Fd {
    this.#count();
    let node = this.#find(file);
    if (node && how === 'create-exclusive') fail('EEXIST', file);
    if (!node) {
      if (how === 'read' || how === 'read-write') fail('ENOENT', file);
      if (this.#find(path.dirname(file))?.kind !== 'directory') fail('ENOENT', file);
      node = { kind: 'file', bytes: Buffer.alloc(0) };
      this.nodes.set(file, node);
    }
    if (node.kind === 'symbolic link') fail('ELOOP', file);
    if (node.kind === 'socket') fail('ENXIO', file);
    if (node.kind === 'directory' && how !== 'read') fail('EISDIR', file);
    if ('isPrivate' in node && node.isPrivate === true) fail('EACCES', file);
    const fd = this.#nextFd++;
    this.#opened.set(fd, { path: file, node });
    return fd as Fd;
  }

  close(fd: Fd): void {
    if (!this.#opened.delete(fd)) throw new Breach(`close of ${fd}, which is not open`);
  }

  openLocked(file: string, how: Parameters<Os['open']>[1]): Fd | undefined {
    return this.open(file, how);
  }

  fstat(fd: Fd): FileInfo {
    return this.#info(this.#openedAs(fd).node);
  }

  lstat(file: string): FileInfo | undefined {
    this.#count();
    const node = this.#find(file);
    return node && this.#info(node);
  }

  read(fd: Fd, maxBytes: number): Buffer {
    return this.#readable(fd, maxBytes).subarray(0, maxBytes);
  }

  readTail(fd: Fd, maxBytes: number): Buffer {
    const bytes = this.#readable(fd, maxBytes);
    return bytes.subarray(Math.max(0, bytes.length - maxBytes));
  }

  write(fd: Fd, text: string): void {
    const { node, path: file } = this.#openedAs(fd);
    if (node.kind !== 'file') throw new Breach(`write to ${file}, a ${node.kind}`);
    const bytes = Buffer.from(text);
    node.bytes = Buffer.concat([bytes, node.bytes.subarray(bytes.length)]);
  }

  append(fd: Fd, text: string): void {
    const { node } = this.#openedAs(fd);
    if (node.kind === 'file') node.bytes = Buffer.concat([node.bytes, Buffer.from(text)]);
  }

  fsync(fd: Fd): void {
    this.#openedAs(fd);
  }

  truncate(fd: Fd): void {
    const { node } = this.#openedAs(fd);
    if (node.kind === 'file') node.bytes = Buffer.alloc(0);
  }

  link(from: string, to: string): boolean {
    this.#count();
    const node = this.#find(from);
    if (!node) fail('ENOENT', from);
    if (this.#find(to)) return false;
    this.nodes.set(to, node);
    return true;
  }

  rename(from: string, to: string): void {
    this.#count();
    const node = this.#find(from);
    if (!node) fail('ENOENT', from);
    if (this.#find(to)?.kind === 'directory') fail('EISDIR', to);
    this.nodes.delete(from);
    this.nodes.set(to, node);
  }

  unlink(file: string): boolean {
    this.#count();
    const node = this.#find(file);
    if (node?.kind === 'directory') fail('EISDIR', file);
    return this.nodes.delete(file);
  }

  mkdir(folder: string): void {
    this.#count();
    this.#make(folder);
  }

  readdir(folder: string): readonly DirectoryEntry[] | undefined {
    this.#count();
    const node = this.#find(folder);
    if (!node) return undefined;
    if (node.kind === 'symbolic link') fail('ELOOP', folder);
    if (node.kind !== 'directory') fail('ENOTDIR', folder);
    if (node.isPrivate === true) fail('EACCES', folder);
    const prefix = `${folder}/`;
    return [...this.nodes].flatMap(([file, { kind }]) =>
      file.startsWith(prefix) && !file.includes('/', prefix.length)
        ? [{ name: file.slice(prefix.length), isDirectory: kind === 'directory', isFile: kind === 'file' }]
        : [],
    );
  }

  /** No link here leads anywhere. */
  realpath(file: string): string | undefined {
    this.#count();
    try {
      const kind = this.#find(file)?.kind;
      return kind === undefined || kind === 'symbolic link' ? undefined : file;
    } catch {
      return undefined;
    }
  }

  flockHolders(): readonly number[] {
    return [];
  }

  flockState(): 'held' {
    return 'held'; // what nobody has locked is not even looked into
  }

  process(pid: number): ReturnType<Os['process']> {
    if (pid <= 0 || pid > 2 ** 22) return undefined;
    return pid === writer.pid ? { state: 'running', startTime: writer.startTime } : { state: 'gone' };
  }

  ancestors(): readonly number[] {
    return [1];
  }

  commandName(): string {
    return 'sleep\u001b[2J';
  }

  identity(): Identity {
    return identity;
  }

  remoteFileSystem(): undefined {
    return undefined;
  }

  now(): number {
    return epochMs + this.#clockMs;
  }

  monotonic(): number {
    return this.#clockMs;
  }

  sleep(ms: number): void {
    this.#count();
    this.#clockMs += ms;
  }

  uuid(): string {
    return `00000000-0000-4000-8000-${String(this.#nextUuid++).padStart(12, '0')}`;
  }

  random(): number {
    return 0.5;
  }

  assertAllClosed(): void {
    for (const { path: file } of this.#opened.values()) throw new Breach(`${file} was left open`);
  }

  /** Undefined below what is no directory, but an error as a kernel's. */
  #find(file: string): Node | undefined {
    if (file.includes('\0'))
      throw Object.assign(new TypeError('must be without null bytes'), { code: 'ERR_INVALID_ARG_VALUE' });
    if (path.basename(file).length > 255) fail('ENAMETOOLONG', file);
    for (let above = path.dirname(file); above !== '/'; above = path.dirname(above)) {
      const kind = this.nodes.get(above)?.kind;
      if (kind === 'symbolic link') fail('ELOOP', file);
      if (kind !== undefined && kind !== 'directory') fail('ENOTDIR', file);
    }
    return this.nodes.get(file);
  }

  #make(folder: string): void {
    const there = this.#find(folder);
    if (there?.kind === 'directory') return;
    if (there) fail('EEXIST', folder);
    this.#make(path.dirname(folder));
    this.nodes.set(folder, { kind: 'directory' });
  }

  #openedAs(fd: Fd): Opened {
    this.#count();
    const opened = this.#opened.get(fd);
    if (!opened) throw new Breach(`${fd} is not open`);
    return opened;
  }

  /** All of it, if so many bytes of it may be asked for. */
  #readable(fd: Fd, maxBytes: number): Buffer {
    const { node, path: file } = this.#openedAs(fd);
    const longest = longestReads.find(([names]) => names.test(file))?.[1] ?? longestRecordBytes;
    if (maxBytes > longest) throw new Breach(`${maxBytes} bytes of ${file} were read`);
    if (node.kind === 'directory') fail('EISDIR', file);
    if (node.kind !== 'file') throw new Breach(`${file}, a ${node.kind}, was read`);
    return node.bytes;
  }

  #info(node: Node): FileInfo {
    const ino = this.#inodes.get(node) ?? this.#nextInode++;
    this.#inodes.set(node, ino);
    const size = node.kind === 'file' ? (node.size ?? node.bytes.length) : 0;
    const changedMs = epochMs - 60_000;
    return { kind: node.kind, dev: 1, ino, size, links: 1, uid: 0, mtimeMs: changedMs, ctimeMs: changedMs };
  }

  #count(): void {
    if (++this.#operations > mostOperations) throw new Breach(`no end after ${mostOperations} operations`);
  }
}

function fail(code: string, file: string): never {
  throw Object.assign(new Error(`${code}: fuzzed, '${file}'`), { code });
}
