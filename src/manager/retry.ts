import { setTimeout as delay } from 'node:timers/promises';
import { LockError } from '../core/errors.ts';

/** Try again on a conflict, without a place in the queue: for callers that would rather be late than keep others waiting. */
export interface RetryOptions {
  /** So many more tries after the first. */
  readonly times: number;
  /** The first pause, in milliseconds; each is twice the one before, with some chance so that two do not keep step. */
  readonly minMs?: number;
  /** The longest pause, in milliseconds. */
  readonly maxMs?: number;
}

const defaultMinMs = 100;
const defaultMaxMs = 5_000;

/** The first outcome that is good, or the last that is not. @throws LockError `cancelled` once `signal` is aborted */
export async function withRetry<T>(
  attempt: () => Promise<T>,
  isGood: (outcome: T) => boolean,
  { times, minMs = defaultMinMs, maxMs = defaultMaxMs }: RetryOptions,
  signal: AbortSignal,
): Promise<T> {
  let outcome = await attempt();
  for (let retry = 0; retry < times && !isGood(outcome); retry++) {
    const pauseMs = Math.min(maxMs, minMs * 2 ** retry);
    await pause(pauseMs * (0.5 + Math.random() / 2), signal);
    outcome = await attempt();
  }
  return outcome;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((cause: unknown) => {
    throw new LockError('cancelled', 'The request was cancelled.', 'Nothing was locked.', { cause });
  });
}
