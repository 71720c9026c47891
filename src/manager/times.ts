import { LockError } from '../core/errors.ts';
import { longestTtlMs } from '../core/longestTtl.ts';

export function checkedTtl(ttlMs: number): number {
  if (ttlMs > 0 && ttlMs <= longestTtlMs) return ttlMs;
  throw new LockError('usage', 'A lock is held for more than no time and at most 100 years.', 'Give another TTL.');
}

/** `Infinity` waits for ever. */
export function checkedWait(waitMs: number): number {
  if (waitMs >= 0) return waitMs;
  throw new LockError('usage', 'A request waits for no time or more.', 'Give another time to wait.');
}
