import { formatDuration } from './sentences.ts';

/** As `formatDuration`, where what is shorter than a second matters: `38 ms`, `3 min`. */
export function shortDuration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : formatDuration(ms);
}
