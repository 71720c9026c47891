/**
 * Start here: the one door through which protocols reach files, clocks and processes (DESIGN 2).
 *
 * A protocol is written as generators that yield operations of this port. `drive` performs them on the real
 * system, one after the other, without a pause where the operation is synchronous. The same generators run on a
 * simulated kernel under a scheduler: a crash there is a generator that is never resumed, so no `finally` runs,
 * exactly as under SIGKILL.
 */
import type { ProcessState } from '../core/verdict.ts';

/** A file descriptor, close-on-exec. */
export type Fd = number & { readonly brand: 'Fd' };

/** What `lstat` or `fstat` says; sizes in bytes, times in epoch ms. */
export interface FileInfo {
  readonly kind: 'file' | 'directory' | 'symbolic link' | 'FIFO' | 'socket' | 'device';
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  /** Names of a file. */
  readonly links: number;
  readonly uid: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
  /** A plain file: no link, no device. */
  readonly isFile: boolean;
}

/** Facts about where we run; they do not change while a process lives. */
export interface Identity {
  readonly pid: number;
  readonly uid: number;
  readonly host: string;
  readonly user: string;
  readonly startTime?: string;
  readonly machineId?: string;
  readonly bootId?: string;
  readonly pidNamespace?: string;
  readonly timeNamespace?: string;
}

/** How `open` treats the path. `exclusive` fails with EEXIST; none follows a symbolic link at the end of the path. */
export type OpenHow = 'read' | 'read-write' | 'create' | 'create-exclusive' | 'append';

/** `hidden`: not shown here, but perhaps held: by another container, or this system shows no locks at all. */
export type FlockState = 'held' | 'free' | 'hidden';

export type FlockMode = 'exclusive' | 'shared';

/**
 * Operations fail with Node.js system errors (`code` set), but for what every caller must expect, which is a value:
 * `undefined` for a path that is not there.
 */
export interface Os {
  open(path: string, how: OpenHow): Fd;
  close(fd: Fd): void;
  /**
   * Opens a fresh descriptor and tries to flock it, never waiting. Undefined: somebody else has it, and nothing is
   * left open. The lock lives as long as the descriptor, or any that a child inherited.
   */
  openLocked(path: string, how: OpenHow, mode: FlockMode): Fd | undefined | Promise<Fd | undefined>;
  fstat(fd: Fd): FileInfo;
  lstat(path: string): FileInfo | undefined;
  read(fd: Fd, maxBytes: number): Buffer;
  /** At most so many bytes from the end of the file. */
  readTail(fd: Fd, maxBytes: number): Buffer;
  /** Writes the whole text in one call, at the start of the file. */
  write(fd: Fd, text: string): void;
  /** Writes the whole text in one call, at the end of a file that was opened with `append`. */
  append(fd: Fd, text: string): void;
  fsync(fd: Fd): void;
  /** Empties a file that was opened for writing. */
  truncate(fd: Fd): void;
  rename(from: string, to: string): void;
  /** A second name for a file; false, and nothing done, where something has that name. */
  link(from: string, to: string): boolean;
  /** False where there was nothing to delete. */
  unlink(path: string): boolean;
  mkdir(path: string): void;
  readdir(path: string): readonly DirectoryEntry[] | undefined;
  /** Without any symbolic link; undefined also where the path may not be looked at. */
  realpath(path: string): string | undefined;

  /** Living processes that hold a flock on this file, as far as can be seen; an empty list is never evidence (DESIGN 4). */
  flockHolders(file: FileInfo): readonly number[];
  /** Whether some process has an exclusive flock on this file, without touching it. */
  flockState(file: FileInfo): FlockState;
  /** Undefined for a number that no process can have. */
  process(pid: number): ProcessState | undefined | Promise<ProcessState | undefined>;
  /** The pids of all ancestors of `pid`, nearest first, without `pid` itself. */
  ancestors(pid: number): readonly number[] | Promise<readonly number[]>;
  commandName(pid: number): string | undefined;
  identity(): Identity;
  /** Name of the network file system below `path`; undefined for a local one. */
  remoteFileSystem(path: string): string | undefined;

  /** Wall clock, epoch ms. */
  now(): number;
  /** Milliseconds since some start, for intervals; unmoved by whoever sets the clock. */
  monotonic(): number;
  /** Returns early, without an error, once `wake` is aborted. */
  sleep(ms: number, wake?: AbortSignal): void | Promise<void>;
  /** A fresh UUID, version 4. */
  uuid(): string;
  /** Uniform in [0, 1), for jitter only. */
  random(): number;
}

/** One operation that a protocol wants done. */
export type Operation = {
  [Name in keyof Os]: {
    readonly name: Name;
    readonly args: Parameters<Os[Name]>;
    /** It has been begun already, and this is what it will come to. */
    readonly pending?: Promise<unknown>;
  };
}[keyof Os];

/** A protocol's code: yields operations, is resumed with their results, returns `T`. */
export type Steps<T> = Generator<Operation, T, unknown>;

/** `yield* sys('lstat', path)`: one operation, typed. */
export function sys<Name extends keyof Os>(
  name: Name,
  ...args: Parameters<Os[Name]>
): Iterable<Operation, Awaited<ReturnType<Os[Name]>>, unknown> {
  return new Call<Awaited<ReturnType<Os[Name]>>>({ name, args } as Operation);
}

/**
 * The driver whose generator runs just now, if it is one of ours. A `yield` goes through every generator between the
 * operation and its driver, which costs more than most operations: so what can be done at once is done at once, without.
 */
let driver: Driver | undefined;

class Call<T> implements Iterator<Operation, T, unknown> {
  readonly #operation: Operation;
  #isAsked = false;

  constructor(operation: Operation) {
    this.#operation = operation;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(answer?: unknown): IteratorResult<Operation, T> {
    // The driver resumes each operation with that operation's own result, which the compiler cannot follow through yield.
    if (this.#isAsked) return { done: true, value: answer as T };
    this.#isAsked = true;
    if (!driver || driver.isPauseDue()) return { done: false, value: this.#operation };
    const result = perform(driver.os, this.#operation);
    if (result instanceof Promise) return { done: false, value: { ...this.#operation, pending: result } };
    return { done: true, value: result as T };
  }

  /** An operation that failed fails where it was asked for. */
  throw(error: unknown): never {
    throw error;
  }
}

/** Performs one operation on a port. */
function perform(os: Os, operation: Operation): unknown {
  const port = os as unknown as Readonly<Record<keyof Os, (...args: readonly unknown[]) => unknown>>;
  return port[operation.name](...operation.args);
}

/** Runs `steps` to their end on the real system; synchronous operations follow each other without a pause. */
export async function drive<T>(os: Os, steps: Steps<T>): Promise<T> {
  return await run({ os, isPauseDue: () => false, pause: () => Promise.resolve() }, steps);
}

/** So many take less than a millisecond. */
const operationsAtOnce = 32;

/**
 * As `drive`, but lets the rest of the process run after each `sliceMs` of operations: for looks at a whole store, which
 * hold nothing and would otherwise stop an editor's extensions for as long as they take. Within a slice, which is over
 * before a process number can come again, each process and each file system is looked at once.
 */
export async function driveInSlices<T>(os: Os, steps: Steps<T>, sliceMs: number): Promise<T> {
  let until = os.monotonic() + sliceMs;
  let operations = 0;
  const processes = new Map<number, ReturnType<Os['process']>>();
  const process = (pid: number): ReturnType<Os['process']> => {
    if (!processes.has(pid)) processes.set(pid, os.process(pid));
    return processes.get(pid);
  };
  const remote = new Map<string, string | undefined>();
  const remoteFileSystem = (path: string): string | undefined => {
    if (!remote.has(path)) remote.set(path, os.remoteFileSystem(path));
    return remote.get(path);
  };
  const glancing: Os = Object.create(os, {
    process: { value: process },
    remoteFileSystem: { value: remoteFileSystem },
  }) as Os;
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      setImmediate(() => {
        until = os.monotonic() + sliceMs;
        processes.clear();
        remote.clear();
        resolve();
      });
    });
  // The clock costs half as much as an operation.
  const isPauseDue = (): boolean => ++operations % operationsAtOnce === 0 && os.monotonic() >= until;
  return await run({ os: glancing, isPauseDue, pause }, steps);
}

interface Driver {
  readonly os: Os;
  /** Asked before each operation. */
  readonly isPauseDue: () => boolean;
  readonly pause: () => Promise<void>;
}

async function run<T>(own: Driver, steps: Steps<T>): Promise<T> {
  let step = resumed(own, () => steps.next());
  while (step.done !== true) {
    const operation = step.value;
    let resume: () => IteratorResult<Operation, T>;
    try {
      if (!operation.pending) await own.pause(); // it was due, so the operation was left to us
      const result = await (operation.pending ?? perform(own.os, operation));
      resume = () => steps.next(result);
    } catch (error) {
      resume = () => steps.throw(error);
    }
    step = resumed(own, resume);
  }
  return step.value;
}

/** Up to the next operation that takes time. One driver may start another on the way. */
function resumed<T>(own: Driver, resume: () => IteratorResult<Operation, T>): IteratorResult<Operation, T> {
  const outer = driver;
  driver = own;
  try {
    return resume();
  } finally {
    driver = outer;
  }
}
