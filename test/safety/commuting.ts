/** Which steps need not be tried in every order, because they commute with all that others do. */
import * as path from 'node:path';
import type { Fd } from '../../src/os/os.ts';
import type { Kernel } from './kernel.ts';
import { isAlone, type SimOperation } from './operations.ts';
import { layout } from './place.ts';

/** Deletes the gate, holds or folders; looks for leftovers of holds; stands in the queue, or asks for a renewal. */
export type Concern = 'delete' | 'sweep' | 'wait';

/**
 * Whether it makes no difference when it happens, because nobody here changes what it sees, or sees what it changes. Where
 * a scenario promises that nobody does a thing, `assertPromised` holds every step against the promise.
 */
export function happensAlone(
  operation: SimOperation,
  isHalf: boolean,
  kernel: Kernel,
  pid: number,
  may: ReadonlySet<Concern>,
): boolean {
  if (isAlone(operation)) return true;
  const pathOf = (fd: Fd): string => kernel.fileOf(pid, fd)?.path ?? '';
  switch (operation.name) {
    case 'close':
      return kernel.fileOf(pid, operation.args[0])?.lock === undefined;
    case 'mkdir':
      return kernel.lstat(operation.args[0]) !== undefined && !may.has('delete');
    case 'read':
      return isWrittenOnce(pathOf(operation.args[0]));
    case 'write':
      return isPrivate(pathOf(operation.args[0]));
    case 'openLocked':
      if (isHalf) return isHold(operation.args[0]) && operation.args[2] === 'exclusive' && !may.has('sweep');
      if (isHold(operation.args[0]) && may.has('sweep')) return false; // a sweeper may delete it before
      return kernel.lstat(operation.args[0]) ? !may.has('delete') : isHold(operation.args[0]);
    case 'open':
      if (operation.args[0] === layout.fence && kernel.lstat(layout.fence)) return !may.has('delete');
      return isPrivate(operation.args[0]) && operation.args[1] !== 'create-exclusive' && !may.has('delete');
    case 'lstat':
      if (operation.args[0] === layout.running) return kernel.fileClock === 'unseen' && !may.has('delete');
      return isQuiet(operation.args[0], may);
    case 'readdir':
      return isQuiet(operation.args[0], may);
    default:
      return false;
  }
}

function isQuiet(file: string, may: ReadonlySet<Concern>): boolean {
  if (isPrivate(file)) return !may.has('delete');
  if (file === layout.gate) return !may.has('delete');
  if (isHold(file)) return !may.has('delete') && !may.has('sweep');
  return inQueue(file) && !may.has('wait');
}

/** Complete when it appears under its name; what little-loops writes in place, in its queue too, is not. */
function isWrittenOnce(file: string): boolean {
  return path.basename(file).startsWith('wlock-') || path.dirname(file) === layout.queue;
}

function isHold(file: string): boolean {
  return path.dirname(file) === layout.alive;
}

function inQueue(file: string): boolean {
  return [layout.queue, layout.requests, layout.theirQueue].some(
    (folder) => file === folder || path.dirname(file) === folder,
  );
}

/** @throws Error where a scenario's processes do what it says that they never do: then it has not tried every order */
export function assertPromised(operation: SimOperation, may: ReadonlySet<Concern>): void {
  if (operation.name === 'removeHolds' && !may.has('delete'))
    throw new Error('the scenario does not say that holds go');
  const [file] = operation.args;
  if (typeof file !== 'string') return;
  const deletes = ['unlink', 'rename', 'removeTree'].includes(operation.name);
  const makes = ['mkdir', 'rename', 'openTruncated'].includes(operation.name);
  const broken =
    (deletes && file === layout.gate && !may.has('delete')) ||
    (deletes && isHold(file) && !may.has('delete') && !may.has('sweep')) ||
    (operation.name === 'removeTree' && !may.has('delete')) ||
    (makes && inQueue(file) && !may.has('wait'));
  if (broken) throw new Error(`the scenario does not say that somebody may do this: ${operation.name} ${file}`);
}

/** Files that decide nothing: the report of what happened, and what git has to ignore. */
function isPrivate(file: string): boolean {
  return file.endsWith('.gitignore') || file === layout.journal || file === layout.own || file.endsWith('.tmp');
}
