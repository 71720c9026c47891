import * as system from 'node:os';

/** Timers stand still while the machine sleeps and its uptime does not, so we look at least so often. */
const longestLookMs = 1_000;

/**
 * Calls `onExpired` once `ttlMs` have passed by the machine's uptime, which goes on in suspend and does not move when
 * somebody sets the clock. Does not keep the process alive.
 */
export function startExpiry(ttlMs: number, onExpired: () => void): { readonly dispose: () => void } {
  const endsAtS = system.uptime() + ttlMs / 1_000;
  let timer: NodeJS.Timeout;
  const schedule = (): void => {
    const remainingMs = (endsAtS - system.uptime()) * 1_000;
    if (remainingMs <= 0) return onExpired();
    timer = setTimeout(schedule, Math.min(longestLookMs, remainingMs));
    timer.unref();
  };
  timer = setTimeout(schedule, 0);
  timer.unref();
  return { dispose: () => clearTimeout(timer) };
}
