import { setTimeout as delay } from 'node:timers/promises';

const lookMs = 20;

/** Looks until there is something; fails with `what` after `boundMs`. */
export async function waitFor<T>(
  what: string | (() => string),
  look: () => T | undefined | false | Promise<T | undefined | false>,
  boundMs = 10_000,
): Promise<T> {
  const until = performance.now() + boundMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > until) {
      throw new Error(`Not within ${boundMs} ms: ${typeof what === 'string' ? what : what()}`);
    }
    await delay(lookMs);
  }
}
