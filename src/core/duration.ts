/** Times as people write them. */
const dayMs = 86_400_000;
/** A hundred years: longer than anybody waits, and what it is added to stays a date. */
export const longestDurationDays = 36_500;

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: dayMs,
};

/** `90` and `90s` are seconds, also `500ms`, `10m`, `2h`, `1d`; in milliseconds. A word where it is no such time. */
export function readDuration(text: string): number | 'too-long' | 'no-time' {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|min|h|d)?$/.exec(text);
  const ms = Math.round(Number(match?.[1]) * (unitMs[match?.[2] ?? 's'] ?? Number.NaN));
  if (ms > longestDurationDays * dayMs) return 'too-long';
  return Number.isSafeInteger(ms) && ms > 0 ? ms : 'no-time';
}
