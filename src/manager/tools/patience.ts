import { setTimeout as delay } from 'node:timers/promises';
import { LockError } from '../../core/errors.ts';

/** Milliseconds that a request may still wait; 0 for one that does not wait at all. */
export function remainingMs(waitMs: number | undefined, until: number): number {
  return waitMs === undefined ? 0 : Math.max(0, until - performance.now());
}

/** Until something has changed, or so many milliseconds. @throws LockError `cancelled` once `cancel` is aborted */
export async function pauseFor(ms: number, change: AbortSignal | undefined, cancel: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: change ? AbortSignal.any([change, cancel]) : cancel }).catch(() => undefined);
  if (cancel.aborted) throw new LockError('cancelled', 'The request was cancelled.', 'Nothing was locked.');
}
