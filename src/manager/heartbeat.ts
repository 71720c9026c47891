import type { Subscription } from '../core/emitter.ts';
import type { HeldLock } from './heldLock.ts';

/** Renewing at a third of the TTL survives two renewals that come too late. */
const renewalsPerTtl = 3;

/**
 * Renews a lock with a TTL as long as the caller is well: it lasts while this process runs and is not stopped for longer
 * than the TTL. Ends by itself once the lock is released or lost; `held.lost` tells which.
 */
export function startHeartbeat(held: HeldLock, ttlMs: number): Subscription {
  const timer = setInterval(() => {
    // One that fails (a busy gate) is made up for by the next; if none gets through in time the lock expires and says so.
    held.renew(ttlMs).catch(() => undefined);
  }, ttlMs / renewalsPerTtl);
  timer.unref();
  const stop = (): void => clearInterval(timer);
  held.onDidEnd(stop);
  return { dispose: stop };
}
