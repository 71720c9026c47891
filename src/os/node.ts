/** The port on the real system: every operation from the file of its facility. */
import { randomUUID } from 'node:crypto';
import * as files from './files.ts';
import { remoteFileSystem } from './fileSystems.ts';
import { chooseFlock, requireFlock, type FlockChoice } from './flock.ts';
import { readIdentity } from './identity.ts';
import { flockHolders, flockState } from './kernelLocks.ts';
import type { Os } from './os.ts';
import { realpath } from './paths.ts';
import { monotonicMs } from './monotonic.ts';
import { ancestorsOf, commandName, isGone, processState } from './processes.ts';

export interface NodeOs extends Os {
  readonly flock: FlockChoice;
  /** Whether no process has this pid; for a quick look between verdicts. */
  isGone(pid: number): boolean;
}

export async function openNodeOs(): Promise<NodeOs> {
  const identity = await readIdentity();
  // Chosen when it is first asked for: who only looks at locks need not load native code.
  let choice: FlockChoice | undefined;
  const flock = (): FlockChoice => (choice ??= chooseFlock(process.env, process.platform));
  return {
    open: files.open,
    close: files.close,
    fstat: files.fstat,
    lstat: files.lstat,
    read: files.read,
    readTail: files.readTail,
    write: files.write,
    append: files.append,
    fsync: files.fsync,
    truncate: files.truncate,
    rename: files.rename,
    link: files.link,
    unlink: files.unlink,
    mkdir: files.mkdir,
    readdir: files.readdir,
    realpath,
    get flock() {
      return flock();
    },
    openLocked: (path, how, mode) => requireFlock(flock()).openLocked(path, how, mode),
    flockHolders,
    flockState,
    process: processState,
    isGone,
    ancestors: ancestorsOf,
    commandName,
    identity: () => identity,
    remoteFileSystem,
    now: () => Date.now(),
    monotonic: monotonicMs,
    sleep,
    uuid: () => randomUUID(),
    random: () => Math.random(),
  };
}

function sleep(ms: number, wake?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (wake?.aborted) return resolve();
    const finish = (): void => {
      clearTimeout(timer);
      wake?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    wake?.addEventListener('abort', finish);
  });
}
