/** What happened to locks, one JSON line an event: who released, reaped or forced, so that a loss can be explained. */
import * as path from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import type { LockId } from '../../core/lock.ts';
import { sys, type Steps } from '../../os/os.ts';
import type { StoreLayout } from './layout.ts';

export interface JournalEvent {
  readonly event: 'acquired' | 'renewed' | 'transferred' | 'released' | 'reaped' | 'forced';
  readonly id: LockId;
  readonly holder: string;
  /** Who did it: `alice, wlock force-release, pid 4711`. */
  readonly by: string;
}

export interface JournalLine extends JournalEvent {
  readonly at: number;
}

/** One rotation is kept, so both files together stay below twice this. */
const maxJournalBytes = 1024 * 1024;

/** The journal is rotated by the gate holder after it has grown beyond its limit, so by a little. */
const longestLineBytes = 64 * 1024;

/**
 * Appends in one write, which O_APPEND keeps whole among other appenders. The journal is a report and guards nothing,
 * so that it can not be written (a full disk, a folder in its place) must not fail what has been done already: an
 * acquire that published its record and then threw would hold a lock that nobody knows of.
 */
export function* writeJournal(layout: StoreLayout, event: JournalEvent): Steps<void> {
  const at = new Date(yield* sys('now')).toISOString();
  try {
    if (!(yield* sys('lstat', layout.own))) return;
    const fd = yield* sys('open', layout.journal, 'append');
    try {
      yield* sys('append', fd, `${JSON.stringify({ at, ...event })}\n`);
    } finally {
      yield* sys('close', fd);
    }
  } catch (error) {
    ignoreSystemError(error);
  }
}

/** Only inside the gate, so that two never rotate at once. An appender that has the old file open writes into that. */
export function* rotateJournal(layout: StoreLayout): Steps<void> {
  try {
    const info = yield* sys('lstat', layout.journal);
    if (info?.kind === 'file' && info.size > maxJournalBytes) {
      yield* sys('rename', layout.journal, rotated(layout));
    }
  } catch (error) {
    ignoreSystemError(error);
  }
}

function ignoreSystemError(error: unknown): void {
  if (systemErrorCode(error) === undefined) throw error;
}

/** The newest event of a lock; undefined where the journal does not reach back so far. */
export function* lastEventOf(layout: StoreLayout, id: LockId): Steps<JournalLine | undefined> {
  for (const file of [layout.journal, rotated(layout)]) {
    const lines = (yield* readWhole(file)).split('\n').filter((line) => line.includes(id));
    const last = lines.map(parseLine).findLast((line) => line?.id === id);
    if (last) return last;
  }
  return undefined;
}

function rotated(layout: StoreLayout): string {
  return path.join(layout.own, 'journal.1.jsonl');
}

/** Nothing where it cannot be read: a loss that cannot be explained must still be told. */
function* readWhole(file: string): Steps<string> {
  try {
    const info = yield* sys('lstat', file);
    if (info?.kind !== 'file') return '';
    const fd = yield* sys('open', file, 'read');
    try {
      return (yield* sys('readTail', fd, maxJournalBytes + longestLineBytes)).toString('utf8');
    } finally {
      yield* sys('close', fd);
    }
  } catch (error) {
    ignoreSystemError(error);
    return '';
  }
}

const events: ReadonlySet<unknown> = new Set(['acquired', 'renewed', 'transferred', 'released', 'reaped', 'forced']);

/** Undefined for a line that was cut off, by the tail's start or a full disk. */
function parseLine(text: string): JournalLine | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    const { at, event, id, holder, by } = value;
    if (typeof at !== 'string' || typeof id !== 'string' || !events.has(event)) return undefined;
    return {
      at: Date.parse(at),
      event: event as JournalLine['event'],
      id: id as LockId,
      holder: typeof holder === 'string' ? holder : '',
      by: typeof by === 'string' ? by : '',
    };
  } catch {
    return undefined;
  }
}
