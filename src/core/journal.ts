/** What happened to locks: the words of the journal, from which losses are explained and metrics are made (DESIGN 7). */
import type { LockId, Mode } from './lock.ts';

export const journalEvents = [
  'acquired',
  /** A request took its place in the queue; `acquired` or `conflicted` of the same id ends the wait. */
  'waited',
  'conflicted',
  'renewed',
  'transferred',
  'released',
  'reaped',
  'forced',
  /** A holder noticed that its lock was taken from it. */
  'lost',
] as const;

export type JournalEventName = (typeof journalEvents)[number];

export interface JournalEvent {
  readonly event: JournalEventName;
  /** Of the lock, or of the request that would have become it. */
  readonly id: LockId;
  readonly holder: string;
  /** Who did it: `alice, wlock force-release, pid 4711`. */
  readonly by: string;
  /** As people read it, relative to the root; the first entries only. */
  readonly scope?: readonly string[];
  readonly mode?: Mode;
  /** How long the request had waited, in milliseconds. */
  readonly waitedMs?: number;
  /** How long the lock had been held, in milliseconds. */
  readonly heldMs?: number;
  /** Of `conflicted`: so many refusals of one process within a second are told in one line. */
  readonly count?: number;
  /** Of `renewed` and `transferred`: the number of the record that came of it, from 1. */
  readonly revision?: number;
  /** Of `lost` and `conflicted`: a word for the cause. */
  readonly cause?: string;
}

export interface JournalLine extends JournalEvent {
  /** Epoch ms. */
  readonly at: number;
}
