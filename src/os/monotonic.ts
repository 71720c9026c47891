/**
 * Milliseconds since some start, unmoved by whoever sets the clock. Not `performance.now()`: the first look at `performance`
 * loads all of node:perf_hooks, which takes a short command several milliseconds.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}
