/** The waiting line of little-loops, which one bad entry can block for everybody (PROTOCOLS 1.5, BUG-1361). */
import * as path from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import type { LockManager } from '../lockManager.ts';
import { shownPath, type Finding } from './finding.ts';

const maxEntryBytes = 64 * 1024;

type Entry =
  | { readonly kind: 'waits' | 'gone' }
  | { readonly kind: 'dead'; readonly pid: number }
  | { readonly kind: 'no-pid' | 'unreadable' };

export function queueFindings(manager: LockManager): readonly Finding[] {
  const folder = manager.layout.theirQueue;
  return (manager.os.readdir(folder) ?? [])
    .filter(({ name }) => name.endsWith('.json'))
    .flatMap(({ name }) => entryFindings(path.join(folder, name), manager));
}

function entryFindings(file: string, manager: LockManager): readonly Finding[] {
  const topic = 'queue';
  const shown = shownPath(file);
  const entry = readEntry(file, manager);
  switch (entry.kind) {
    case 'waits':
    case 'gone': // its loop got its turn while we looked
      return [];
    case 'dead':
      return [
        {
          level: 'note',
          topic,
          text: `${shown} waits for process ${entry.pid}, which is gone`,
          hint: `The next loop that queues deletes it; an old little-loops waits behind it for ever, then: rm ${shown}`,
        },
      ];
    case 'no-pid':
      return [
        {
          level: 'problem',
          topic,
          text: `${shown} does not say which process waits, so it may block every queued loop for ever`,
          hint: `If no loop of yours waits with it: rm ${shown}`,
        },
      ];
    case 'unreadable':
      return [{ level: 'problem', topic, text: `${shown} is no queue entry`, hint: 'Look who made it.' }];
  }
}

function readEntry(file: string, { os }: LockManager): Entry {
  const text = readText(file, os);
  if (text === undefined) return { kind: 'gone' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'unreadable' };
  }
  if (typeof value !== 'object' || value === null || !('context' in value)) return { kind: 'unreadable' };
  const { context } = value;
  const pid = typeof context === 'object' && context !== null && 'pid' in context ? context.pid : undefined;
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0) return { kind: 'no-pid' };
  return os.isGone(pid) ? { kind: 'dead', pid } : { kind: 'waits' };
}

/** Bounded, and never through a link or into a FIFO. Undefined: it is not there any more. */
function readText(file: string, os: LockManager['os']): string | undefined {
  try {
    if (os.lstat(file)?.kind !== 'file') return os.lstat(file) && '';
    const fd = os.open(file, 'read');
    try {
      return os.read(fd, maxEntryBytes).toString('utf8');
    } finally {
      os.close(fd);
    }
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    if (systemErrorCode(error) === undefined) throw error;
    return ''; // may not be read: nobody's queue entry as far as we can tell
  }
}
