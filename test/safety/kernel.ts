/**
 * A simulated kernel behind the `Os` port: names, inodes, descriptors, flocks, processes, clocks. Immutable between steps:
 * `fork` makes the copy that one step changes, so that a search can go on from any state that it has seen.
 *
 * What it leaves out, on purpose: permissions, links, partial writes (a write of some hundred bytes is whole under
 * SIGKILL), and the order of a directory listing (ours is sorted; no rule depends on it). A listing is one step.
 */
import * as path from 'node:path';
import type { DirectoryEntry, Fd, FileInfo, OpenHow } from '../../src/os/os.ts';

interface Inode {
  /** The same for equal inodes under equal names, in any state: keys are made of these. */
  readonly entry: number;
  readonly ino: number;
  readonly kind: 'file' | 'directory';
  readonly text: string;
  /** Counts changes of the content; stands for the modification time where the file system's clock is not looked at. */
  readonly version: number;
  /** When it changed last, by that clock; a folder, when a name in it came or went. */
  readonly time: number;
}

interface OpenFile {
  readonly ino: number;
  readonly path: string;
  readonly lock?: 'exclusive' | 'shared';
  /** little-loops opens its gate so, and does not look whether it is still the gate when it has locked it. */
  readonly isBlind: boolean;
}

interface Process {
  /** The same for processes that others cannot tell apart, and that have the same files open. */
  readonly entry: number;
  readonly alive: boolean;
  /** After its death, its number may be somebody else's. */
  readonly isReused: boolean;
  readonly files: ReadonlyMap<number, OpenFile>;
  readonly nextFd: number;
  readonly nextInode: number;
  readonly nextUuid: number;
}

/** Whether it shows each change another time, as Linux since 6.13, or is put forward now and then; or nobody looks at it. */
export type FileClock = 'fine' | 'coarse' | 'unseen';

const unnamed = '(open) ';
const epoch = 1_700_000_000_000;
/** No process makes more files; so an inode's number tells whose it is. */
const inodesOfOne = 1_000;

export class SystemError extends Error {
  readonly code: string;

  constructor(code: string, what: string) {
    super(`${code}: ${what}`);
    this.code = code;
  }
}

export class Kernel {
  readonly #names: Map<string, Inode>;
  readonly #processes: Map<number, Process>;
  /** Milliseconds since the start. */
  #clock: number;
  /** By so much the wall clock was set back. */
  #setBackMs: number;
  /** Counts changes that wake watchers: of the direct children of these folders. */
  readonly #watched: ReadonlySet<string>;
  #rings: number;
  #deaths: number;
  readonly #fileClock: FileClock;
  #fileTime: number;

  private constructor(
    names: Map<string, Inode>,
    processes: Map<number, Process>,
    clock: number,
    setBackMs: number,
    watched: ReadonlySet<string>,
    rings: number,
    deaths: number,
    fileClock: FileClock,
    fileTime: number,
  ) {
    this.#fileClock = fileClock;
    this.#fileTime = fileTime;
    this.#names = names;
    this.#processes = processes;
    this.#clock = clock;
    this.#setBackMs = setBackMs;
    this.#watched = watched;
    this.#rings = rings;
    this.#deaths = deaths;
  }

  static boot(root: string, watched: readonly string[], fileClock: FileClock): Kernel {
    const inode = { ino: 1, kind: 'directory', text: '', version: 0, time: 0 } as const;
    const names = new Map<string, Inode>([[root, inodeAt(root, inode)]]);
    return new Kernel(names, new Map(), 0, 0, new Set(watched), 0, 0, fileClock, 0);
  }

  fork(): Kernel {
    const names = new Map(this.#names);
    const processes = new Map(this.#processes);
    return new Kernel(
      names,
      processes,
      this.#clock,
      this.#setBackMs,
      this.#watched,
      this.#rings,
      this.#deaths,
      this.#fileClock,
      this.#fileTime,
    );
  }

  get fileClock(): FileClock {
    return this.#fileClock;
  }

  /** Puts a coarse clock of the file system forward. */
  stepFileClock(): void {
    this.#fileTime++;
  }

  get rings(): number {
    return this.#rings;
  }

  get deaths(): number {
    return this.#deaths;
  }

  get now(): number {
    return epoch + this.#clock - this.#setBackMs;
  }

  get monotonic(): number {
    return this.#clock;
  }

  advance(ms: number): void {
    this.#clock += ms;
  }

  /** The wall clock; the other one only ever goes on. */
  setBack(ms: number): void {
    this.#setBackMs += ms;
  }

  /** Everything that anybody could ever see: equal keys have equal futures. */
  key(): string {
    const entries: number[] = [];
    for (const { entry } of this.#names.values()) entries.push(entry);
    for (const { entry } of this.#processes.values()) entries.push(-entry);
    return `${this.#clock}-${this.#setBackMs}-${this.#fileTime}:${entries.sort((x, y) => x - y).join()}`;
  }

  start(pid: number): void {
    const files = new Map<number, OpenFile>();
    this.#setProcess(pid, { alive: true, isReused: false, files, nextFd: 3, nextInode: 1, nextUuid: 1 });
  }

  /** SIGKILL, or an exit: the kernel closes everything. */
  kill(pid: number, isReused: boolean): void {
    this.#setProcess(pid, { ...this.#process(pid), alive: false, isReused, files: new Map() });
    this.#forgetUnnamed();
    this.#deaths++;
  }

  killAll(): void {
    for (const [pid, { alive }] of [...this.#processes]) if (alive) this.kill(pid, false);
  }

  isAlive(pid: number): boolean {
    return this.#processes.get(pid)?.alive === true;
  }

  isReused(pid: number): boolean {
    return this.#processes.get(pid)?.isReused === true;
  }

  dead(): readonly number[] {
    return [...this.#processes].filter(([, { alive }]) => !alive).map(([pid]) => pid);
  }

  uuid(pid: number): string {
    const process = this.#process(pid);
    this.#setProcess(pid, { ...process, nextUuid: process.nextUuid + 1 });
    return `00000000-0000-4000-8000-${String(pid).padStart(4, '0')}${String(process.nextUuid).padStart(8, '0')}`;
  }

  open(pid: number, file: string, how: OpenHow | 'truncate'): Fd {
    const there = this.#names.get(file);
    if (there?.kind === 'directory') throw new SystemError('EISDIR', file);
    if (there && how === 'create-exclusive') throw new SystemError('EEXIST', file);
    if (!there && (how === 'read' || how === 'read-write')) throw new SystemError('ENOENT', file);
    let inode = there ?? this.#create(pid, file, 'file');
    if (how === 'truncate' && there) inode = this.#put(file, inode, '');
    return this.#addFile(pid, { ino: inode.ino, path: file, isBlind: how === 'truncate' });
  }

  close(pid: number, fd: Fd): void {
    const process = this.#process(pid);
    const files = new Map(process.files);
    if (!files.delete(fd)) throw new SystemError('EBADF', String(fd));
    this.#setProcess(pid, { ...process, files });
    this.#forgetUnnamed();
  }

  /** The flock of an open file; false where somebody else has it. */
  lock(pid: number, fd: Fd, mode: 'exclusive' | 'shared'): boolean {
    const file = this.#fileOf(pid, fd);
    if (this.isLockedAgainst(pid, fd, mode)) return false;
    const process = this.#process(pid);
    this.#setProcess(pid, { ...process, files: new Map(process.files).set(fd, { ...file, lock: mode }) });
    return true;
  }

  isLockedAgainst(pid: number, fd: Fd, mode: 'exclusive' | 'shared'): boolean {
    const { ino } = this.#fileOf(pid, fd);
    for (const [otherPid, { files }] of this.#processes) {
      for (const [otherFd, other] of files) {
        if (other.ino !== ino || other.lock === undefined || (otherPid === pid && otherFd === fd)) continue;
        if (mode === 'exclusive' || other.lock === 'exclusive') return true;
      }
    }
    return false;
  }

  /** Whether deleting the gate now harms nobody but those who look whether it is the gate. */
  isRemovable(file: string): boolean {
    const ino = this.#names.get(file)?.ino;
    for (const { files } of this.#processes.values()) {
      for (const other of files.values()) if (other.ino === ino && other.isBlind) return false;
    }
    return this.isFree(file);
  }

  /** Whether opening the path and locking it exclusively would succeed now. */
  isFree(file: string): boolean {
    const ino = this.#names.get(file)?.ino;
    for (const { files } of this.#processes.values()) {
      for (const other of files.values()) if (other.ino === ino && other.lock !== undefined) return false;
    }
    return true;
  }

  fileOf(pid: number, fd: Fd): OpenFile | undefined {
    return this.#process(pid).files.get(fd);
  }

  #fileOf(pid: number, fd: Fd): OpenFile {
    const file = this.fileOf(pid, fd);
    if (!file) throw new SystemError('EBADF', String(fd));
    return file;
  }

  fstat(pid: number, fd: Fd): FileInfo {
    const { ino } = this.#fileOf(pid, fd);
    return this.#infoOf(this.#inode(ino));
  }

  lstat(file: string): FileInfo | undefined {
    const inode = this.#names.get(file);
    return inode && this.#infoOf(inode, file);
  }

  textOf(file: string): string | undefined {
    return this.#names.get(file)?.text;
  }

  read(pid: number, fd: Fd): string {
    return this.#inode(this.#fileOf(pid, fd).ino).text;
  }

  /** At the start of the file, as `Os.write` does; what was longer before keeps its end. */
  write(pid: number, fd: Fd, text: string): void {
    this.#rewrite(this.#fileOf(pid, fd).ino, (old) => text + old.slice(text.length));
  }

  append(pid: number, fd: Fd, text: string): void {
    this.#rewrite(this.#fileOf(pid, fd).ino, (old) => old + text);
  }

  rename(from: string, to: string): void {
    const inode = this.#names.get(from);
    if (!inode || !this.#names.has(path.dirname(to))) throw new SystemError('ENOENT', from);
    this.#names.delete(from);
    this.#names.set(to, inodeAt(to, { ...inode, time: this.#tick() }));
    this.#touch(path.dirname(from));
    this.#touch(path.dirname(to));
    this.#ring(from);
    this.#ring(to);
  }

  unlink(file: string): boolean {
    const inode = this.#names.get(file);
    if (!inode) return false;
    if (inode.kind === 'directory') throw new SystemError('EISDIR', file);
    this.#keepWhileOpen(inode);
    this.#names.delete(file);
    this.#touch(path.dirname(file));
    this.#ring(file);
    return true;
  }

  mkdir(pid: number, folder: string): void {
    if (this.#names.get(folder)?.kind === 'directory') return;
    if (!this.#names.has(path.dirname(folder))) this.mkdir(pid, path.dirname(folder));
    this.#create(pid, folder, 'directory');
  }

  readdir(folder: string): readonly DirectoryEntry[] | undefined {
    if (!this.#names.has(folder)) return undefined;
    return [...this.#names]
      .filter(([name]) => path.dirname(name) === folder && name !== folder)
      .map(([name, { kind }]) => ({
        name: path.basename(name),
        isDirectory: kind === 'directory',
        isFile: kind === 'file',
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** As `rm -r` at its end. It takes a millisecond, in which fewer than a thousand tokens are given out (`fence.ts`). */
  removeTree(folder: string): void {
    this.#clock += 1;
    for (const [name, inode] of [...this.#names]) {
      if (name !== folder && !name.startsWith(`${folder}/`)) continue;
      this.#keepWhileOpen(inode);
      this.#names.delete(name);
      this.#ring(name);
    }
  }

  /** Every file and its content, to look at a state from outside. */
  *files(): Iterable<readonly [name: string, text: string]> {
    for (const [name, { kind, text }] of this.#names) if (kind === 'file') yield [name, text];
  }

  /** An unlinked file that somebody has open lives on without a name. */
  #keepWhileOpen(inode: Inode): void {
    if (this.#isOpen(inode.ino)) {
      const name = `${unnamed}${inode.ino}`;
      this.#names.set(name, inodeAt(name, inode));
    }
  }

  #forgetUnnamed(): void {
    for (const [name, { ino }] of [...this.#names]) {
      if (name.startsWith(unnamed) && !this.#isOpen(ino)) this.#names.delete(name);
    }
  }

  #isOpen(ino: number): boolean {
    for (const { files } of this.#processes.values())
      for (const file of files.values()) if (file.ino === ino) return true;
    return false;
  }

  #inode(ino: number): Inode {
    for (const inode of this.#names.values()) if (inode.ino === ino) return inode;
    throw new SystemError('EBADF', `inode ${ino}`);
  }

  #rewrite(ino: number, change: (old: string) => string): void {
    for (const [name, inode] of this.#names) if (inode.ino === ino) this.#put(name, inode, change(inode.text));
  }

  #put(name: string, inode: Inode, text: string): Inode {
    const changed = inodeAt(name, { ...inode, text, version: inode.version + 1, time: this.#tick() });
    this.#names.set(name, changed);
    this.#ring(name);
    return changed;
  }

  #create(pid: number, name: string, kind: Inode['kind']): Inode {
    if (!this.#names.has(path.dirname(name))) throw new SystemError('ENOENT', name);
    const process = this.#process(pid);
    this.#setProcess(pid, { ...process, nextInode: process.nextInode + 1 });
    // By its maker, so that independent steps commute: the same files have the same numbers in any order.
    const ino = pid * inodesOfOne + process.nextInode;
    const inode = inodeAt(name, { ino, kind, text: '', version: 0, time: this.#tick() });
    this.#names.set(name, inode);
    this.#touch(path.dirname(name));
    this.#ring(name);
    return inode;
  }

  #addFile(pid: number, file: OpenFile): Fd {
    const process = this.#process(pid);
    const files = new Map(process.files).set(process.nextFd, file);
    this.#setProcess(pid, { ...process, files, nextFd: process.nextFd + 1 });
    return process.nextFd as Fd;
  }

  #setProcess(pid: number, process: Omit<Process, 'entry'>): void {
    const { alive, isReused, files } = process;
    let text = `${pid} ${alive} ${isReused}`;
    for (const [fd, { ino, lock }] of files) text += ` ${fd}:${ino}${lock ?? ''}`;
    this.#processes.set(pid, { ...process, entry: numberOf(text) });
  }

  #process(pid: number): Process {
    const process = this.#processes.get(pid);
    if (!process) throw new Error(`process ${pid} was never started`);
    return process;
  }

  /** What the file system's clock shows for one more change. */
  #tick(): number {
    if (this.#fileClock === 'fine') this.#fileTime++;
    return this.#fileTime;
  }

  #touch(folder: string): void {
    const inode = this.#names.get(folder);
    if (inode && this.#fileClock !== 'unseen')
      this.#names.set(folder, inodeAt(folder, { ...inode, time: this.#tick() }));
  }

  #infoOf({ ino, kind, text, version, time }: Inode, name?: string): FileInfo {
    const size = Buffer.byteLength(text);
    const changedMs = epoch + (this.#fileClock === 'unseen' ? version : time) / 1_000;
    const folders = kind === 'file' ? [] : (this.readdir(name ?? '') ?? []).filter(({ isDirectory }) => isDirectory);
    const links = kind === 'file' ? 1 : 2 + folders.length;
    return { kind, dev: 1, ino, size, links, uid: 1, mtimeMs: changedMs, ctimeMs: changedMs };
  }

  #ring(name: string): void {
    if (this.#watched.has(path.dirname(name))) this.#rings++;
  }
}

function inodeAt(name: string, inode: Omit<Inode, 'entry'>): Inode {
  const { ino, kind, text, version, time } = inode;
  const content = isJournal(name) ? sortedLines(text) : text;
  const entry = numberOf(`${name}|${ino}|${version}|${time}|${numberOf(content)}`);
  return { ino, kind, text, version, time, entry };
}

/** Which process made a file. */
export function makerOf({ ino }: FileInfo): number {
  return Math.floor(ino / inodesOfOne);
}

/** In keys, a number stands for each text: texts are long and few. */
const numbers = new Map<string, number>();

function numberOf(text: string): number {
  const known = numbers.get(text) ?? numbers.size + 1;
  numbers.set(text, known);
  return known;
}

/** Lines that two processes append commute, but for those of one lock, whose order is not lost by sorting in practice. */
function sortedLines(text: string): string {
  return text.split('\n').sort().join('\n');
}

function isJournal(name: string): boolean {
  return name.endsWith('.jsonl');
}
