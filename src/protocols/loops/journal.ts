/** What happened to locks, one JSON line an event: who released, reaped or forced, so that a loss can be explained. */
import * as path from 'node:path';
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

/** How much of the end is searched for a lock's last event. */
const tailBytes = 64 * 1024;

/**
 * Appends in one write, which O_APPEND keeps whole among other appenders. The journal is a report and guards nothing:
 * where the store has been deleted under us, there is nothing to report to.
 */
export function* writeJournal(layout: StoreLayout, event: JournalEvent): Steps<void> {
  if (!(yield* sys('lstat', layout.own))) return;
  const at = new Date(yield* sys('now')).toISOString();
  const fd = yield* sys('open', layout.journal, 'append');
  try {
    yield* sys('append', fd, `${JSON.stringify({ at, ...event })}\n`);
  } finally {
    yield* sys('close', fd);
  }
}

/** Only inside the gate, so that two never rotate at once. An appender that has the old file open writes into that. */
export function* rotateJournal(layout: StoreLayout): Steps<void> {
  const info = yield* sys('lstat', layout.journal);
  if (info && info.size > maxJournalBytes) {
    yield* sys('rename', layout.journal, path.join(layout.own, 'journal.1.jsonl'));
  }
}

/** The newest event of a lock; undefined where the journal does not reach back so far. */
export function* lastEventOf(layout: StoreLayout, id: LockId): Steps<JournalLine | undefined> {
  const info = yield* sys('lstat', layout.journal);
  if (info?.kind !== 'file') return undefined;
  const fd = yield* sys('open', layout.journal, 'read');
  try {
    const text = (yield* sys('readTail', fd, tailBytes)).toString('utf8');
    return text
      .split('\n')
      .map(parseLine)
      .findLast((line) => line?.id === id);
  } finally {
    yield* sys('close', fd);
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
