/** What happened to locks, one JSON line an event: who released, reaped or forced, so that a loss can be explained. */
import * as path from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import { journalEvents, type JournalEvent, type JournalEventName, type JournalLine } from '../../core/journal.ts';
import type { Lock, LockId } from '../../core/lock.ts';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import { sys, type Identity, type Steps } from '../../os/os.ts';
import type { AcquireRequest } from '../protocol.ts';
import type { StoreLayout } from './layout.ts';
import { readWhole } from './readWhole.ts';

/** Beyond it, whoever writes inside the gate starts a new file, and one before it is kept. */
const maxJournalBytes = 1024 * 1024;

/** Who writes without the gate may not rotate, and writes nothing more into a file of this size. */
const fullJournalBytes = 2 * maxJournalBytes;

/** The limits are looked at before a line is written, so a file grows beyond them by a line of each writer. */
const longestLineBytes = 64 * 1024;

/**
 * Appends in one write, which O_APPEND keeps whole among other appenders. The journal is a report and guards nothing,
 * so that it can not be written (a full disk, a folder in its place, no folder) must not fail what has been done already: an
 * acquire that published its record and then threw would hold a lock that nobody knows of.
 */
export function* writeJournal(layout: StoreLayout, event: JournalEvent): Steps<void> {
  yield* append(layout, event, 'as it is');
}

/** As `writeJournal`, by whoever is inside the gate: it is the only one, so it may rotate. */
export function* writeJournalInGate(layout: StoreLayout, event: JournalEvent): Steps<void> {
  yield* append(layout, event, 'rotated');
}

function* append(layout: StoreLayout, event: JournalEvent, file: 'as it is' | 'rotated'): Steps<void> {
  const at = new Date(yield* sys('now')).toISOString();
  try {
    const fd = yield* sys('open', layout.journal, 'append');
    try {
      const { size } = yield* sys('fstat', fd);
      if (file === 'as it is' || size <= maxJournalBytes) {
        if (size < fullJournalBytes) yield* sys('append', fd, `${JSON.stringify({ at, ...event })}\n`);
        return;
      }
    } finally {
      yield* sys('close', fd);
    }
    yield* rotateJournal(layout);
    yield* append(layout, event, 'as it is');
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

/** The first entries of a scope say enough; a lock may have thousands. */
const mostEntries = 5;

/** What a line says of a request. */
export function describeRequest(
  { holderName, tool, scope, mode }: AcquireRequest,
  { pid }: Identity,
  layout: StoreLayout,
): Pick<JournalEvent, 'holder' | 'by' | 'scope' | 'mode'> {
  return { by: `${tool}, pid ${pid}`, ...describeLock({ holder: { name: holderName }, scope, mode }, layout) };
}

/** What a line says of a lock: one of another tool has no other line here. */
export function describeLock(
  { holder, scope, mode }: Pick<Lock, 'holder' | 'scope' | 'mode'>,
  { root }: StoreLayout,
): Pick<JournalEvent, 'holder' | 'scope' | 'mode'> {
  return {
    holder: holder.name,
    scope: scope.slice(0, mostEntries).map((entry) => describeEntry(entry, root)),
    ...(mode === 'shared' ? { mode } : {}),
  };
}

/** How long a lock was held, where its record says since when; a clock that was set back counts as no time. */
export function heldMs({ acquiredAt }: Pick<Lock, 'acquiredAt'>, now: number): Pick<JournalEvent, 'heldMs'> {
  return acquiredAt === undefined ? {} : { heldMs: Math.max(0, Math.round(now - acquiredAt)) };
}

/**
 * The newest event of a lock that somebody did to it, and that `counts`; undefined where the journal does not reach back so
 * far.
 */
export function* lastEventOf(
  layout: StoreLayout,
  id: LockId,
  counts: (line: JournalLine) => boolean = () => true,
): Steps<JournalLine | undefined> {
  for (const file of [layout.journal, rotated(layout)]) {
    const lines = (yield* readText(file)).split('\n').filter((line) => line.includes(id));
    const last = lines.map(parseLine).findLast((line) => line?.id === id && line.event !== 'lost' && counts(line));
    if (last) return last;
  }
  return undefined;
}

/** All that the journal remembers, oldest first. Lines that were cut off are left out. */
export function* readJournal(layout: StoreLayout): Steps<readonly JournalLine[]> {
  const text = `${yield* readText(rotated(layout))}\n${yield* readText(layout.journal)}`;
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

function rotated(layout: StoreLayout): string {
  return path.join(layout.own, 'journal.1.jsonl');
}

/** Nothing where it cannot be read: a loss that cannot be explained must still be told. */
function* readText(file: string): Steps<string> {
  return (yield* readWhole(file, maxJournalBytes + longestLineBytes))?.bytes.toString('utf8') ?? '';
}

/** Undefined for a line that was cut off, by the tail's start or a full disk. */
function parseLine(text: string): JournalLine | undefined {
  if (text === '') return undefined;
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    const { at, event, id, holder, by, scope, mode, cause } = value;
    const time = typeof at === 'string' ? Date.parse(at) : Number.NaN;
    if (Number.isNaN(time) || typeof id !== 'string' || !isEventName(event)) return undefined;
    return {
      at: time,
      event,
      id: id as LockId,
      holder: typeof holder === 'string' ? holder : '',
      by: typeof by === 'string' ? by : '',
      ...(isTexts(scope) ? { scope } : {}),
      ...(mode === 'shared' ? { mode } : {}),
      ...numberOf('waitedMs', value),
      ...numberOf('heldMs', value),
      ...numberOf('count', value),
      ...numberOf('revision', value),
      ...(typeof cause === 'string' ? { cause } : {}),
    };
  } catch {
    return undefined;
  }
}

function isEventName(value: unknown): value is JournalEventName {
  return journalEvents.some((name) => name === value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function numberOf<Key extends string>(key: Key, value: Record<string, unknown>): { readonly [K in Key]?: number } {
  const number = value[key];
  return typeof number === 'number' && number >= 0 ? ({ [key]: number } as { [K in Key]: number }) : {};
}
