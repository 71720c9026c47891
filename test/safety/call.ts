/** Performs one operation of a process on the kernel. */
import * as path from 'node:path';
import type { Fd, FlockMode, Identity } from '../../src/os/os.ts';
import type { Outcome } from './actor.ts';
import { makerOf, SystemError, type Kernel } from './kernel.ts';
import type { SimOperation } from './operations.ts';
import { layout, theirGate } from './place.ts';

const theOnlyNamespace = 'the only one';
const setBackMs = 3_600_000;

/** What a call depends on besides the kernel. */
export interface Caller {
  readonly identity: Identity;
  /** The first half of an `openLocked` under way. */
  readonly half?: Fd;
  /** How often the store had changed when the bell was armed. */
  readonly rings: number;
  /** Processes of another user than the rest, who may not delete each other's files. */
  readonly foreigners: ReadonlySet<number>;
}

export function call(operation: SimOperation, kernel: Kernel, caller: Caller): Outcome {
  const { pid } = caller.identity;
  const value = (result: unknown): Outcome => ({ kind: 'value', value: result });
  switch (operation.name) {
    case 'open':
      return value(kernel.open(pid, operation.args[0], operation.args[1]));
    case 'openTruncated':
      return value(kernel.open(pid, operation.args[0], 'truncate'));
    case 'close':
      return value(kernel.close(pid, operation.args[0]));
    case 'openLocked':
      return value(lockHalf(kernel, pid, caller.half, operation.args[2]));
    case 'lockWait':
      return value(kernel.lock(pid, operation.args[0], 'exclusive'));
    case 'fstat':
      return value(kernel.fstat(pid, operation.args[0]));
    case 'lstat':
      return value(kernel.lstat(operation.args[0]));
    case 'read':
      return { kind: 'bytes', text: kernel.read(pid, operation.args[0]).slice(0, operation.args[1]) };
    case 'readTail':
      return { kind: 'bytes', text: kernel.read(pid, operation.args[0]).slice(-operation.args[1]) };
    case 'write':
      return value(kernel.write(pid, operation.args[0], operation.args[1]));
    case 'append':
      return value(kernel.append(pid, operation.args[0], operation.args[1]));
    // What only other tools' formats ask for, which are not explored.
    case 'truncate':
    case 'link':
    case 'realpath':
    case 'flockState':
      throw new Error(`the simulated kernel has no ${operation.name}`);
    case 'fsync':
    case 'mark':
      return value(undefined);
    case 'rename':
      return value(kernel.rename(operation.args[0], operation.args[1]));
    case 'unlink':
      assertMayDelete(kernel, operation.args[0], caller);
      return value(kernel.unlink(operation.args[0]));
    case 'releaseBlindly':
    case 'unlinkDead':
      return value(kernel.unlink(operation.args[0]));
    case 'linger':
      throw new Error('it does nothing');
    case 'removeFreeGate':
      return value(kernel.unlink(theirGate));
    case 'removeTree':
      return value(kernel.removeTree(operation.args[0]));
    case 'removeHolds':
      for (const { name } of kernel.readdir(layout.alive) ?? []) kernel.unlink(path.join(layout.alive, name));
      return value(undefined);
    case 'loseFence':
      kernel.setBack(setBackMs);
      return value(kernel.unlink(layout.fence));
    case 'mkdir':
      return value(kernel.mkdir(pid, operation.args[0]));
    case 'readdir':
      return value(kernel.readdir(operation.args[0]));
    case 'flockHolders':
    case 'ancestors':
      return value([]);
    case 'process':
      return value(processState(kernel, operation.args[0], caller.identity));
    case 'commandName':
    case 'remoteFileSystem':
      return value(undefined);
    case 'identity':
      return value(caller.identity);
    case 'now':
      return value(kernel.now);
    case 'monotonic':
      return value(kernel.monotonic);
    case 'sleep':
      return { kind: 'woken', rung: kernel.rings > caller.rings };
    case 'uuid':
      return value(kernel.uuid(pid));
    case 'random':
      return value(0.5);
  }
}

function lockHalf(kernel: Kernel, pid: number, half: Fd | undefined, mode: FlockMode): Fd | undefined {
  if (half === undefined) throw new Error('openLocked without its first half');
  if (kernel.lock(pid, half, mode)) return half;
  kernel.close(pid, half);
  return undefined;
}

/** As in a sticky directory: only the owner of a file, and root. */
function assertMayDelete(kernel: Kernel, file: string, { identity: { pid, uid }, foreigners }: Caller): void {
  const info = kernel.lstat(file);
  if (!info || uid === rootUid || foreigners.has(makerOf(info)) === foreigners.has(pid)) return;
  throw new SystemError('EPERM', file);
}

function processState(kernel: Kernel, pid: number, { pid: own, pidNamespace }: Identity): unknown {
  // In another container the number means nothing: nobody has it there, or somebody else.
  if (pidNamespace !== theOnlyNamespace && pid !== own)
    return pid % 2 === 0 ? { state: 'running', startTime: 'another program' } : { state: 'gone' };
  if (kernel.isAlive(pid)) return { state: 'running', startTime: startTimeOf(pid) };
  return kernel.isReused(pid) ? { state: 'running', startTime: 'another program' } : { state: 'gone' };
}

export const rootUid = 0;

export function identityOf(pid: number, { containers }: { readonly containers?: boolean }): Identity {
  return {
    pid,
    uid: 1,
    host: 'here',
    user: 'somebody',
    startTime: startTimeOf(pid),
    machineId: 'm',
    bootId: 'b',
    pidNamespace: containers ? `of ${pid}` : theOnlyNamespace,
  };
}

function startTimeOf(pid: number): string {
  return `start of ${pid}`;
}
