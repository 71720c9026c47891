/** What a `Date` can hold (ECMA-262, 21.4.1.1); a record may say anything. */
const farthestMs = 8.64e15;

export function clampTime(epochMs: number): number {
  return Math.min(farthestMs, Math.max(-farthestMs, epochMs));
}
