import type { PooledScope } from './pool.ts';

/** One stay inside a lock, as the ledger tells it. */
export interface Section {
  readonly key: string;
  /** Name of the process that holds the lock; never used twice. */
  readonly who: string;
  readonly scope: PooledScope;
  readonly mode: 'exclusive' | 'shared';
  /** Milliseconds; 0 where the lock has no lease. */
  readonly ttlMs: number;
  /** The number of its fencing token; little-loops has none. */
  readonly token: number | undefined;
  /** Offset in the ledger where its request began. */
  readonly from: number;
  /** Offset of the line that says that it is inside; its record was published before. */
  readonly enteredAt: number;
  /** Its gate may have been deleted while it was in it, and it does not look at the gate after publishing, as ours do. */
  readonly isBlind: boolean;
  /** Has stopped itself, one instruction before its next write. */
  readonly isStopped: boolean;
}

/** `library` of `library-17`. */
export const kindOf = (who: string): string => who.split('-', 1)[0] ?? '';

/** Little-loops, and who goes in without a lock, never look whether their record is still there, so nobody tells them. */
export const looksForItsRecord = (who: string): boolean => ['library', 'run'].includes(kindOf(who));
