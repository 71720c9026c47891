/** What openclaw itself says of a lock, and what it will do, build by build (PROTOCOLS 3.4). For the evidence only. */
import { formatDuration } from '../../core/sentences.ts';
import type { Evidence, Verdict } from '../../core/verdict.ts';
import type { ClawRecord } from './record.ts';

/** Its `staleMs`, unless configured otherwise. */
const tooOldMs = 30 * 60_000;

/** Ages in milliseconds, of the record's own time and of the file's. */
export interface Ages {
  readonly recordMs: number | undefined;
  readonly fileMs: number;
}

export function habitsOf(record: ClawRecord | undefined, verdict: Verdict, ages: Ages): readonly Evidence[] {
  return sentences(record, verdict, ages).map((says) => ({ kind: 'rule', says }));
}

function sentences(record: ClawRecord | undefined, verdict: Verdict, { recordMs, fileMs }: Ages): readonly string[] {
  if (!record) {
    return [
      `Written ${formatDuration(Math.max(0, fileMs))} ago: openclaw waits for such a file for 5 s to 30 min, by its version, and then deletes it; until then it blocks openclaw, and us where we lock that session`,
    ];
  }
  if (verdict === 'stale') {
    return [
      'Deleted by the next openclaw that wants the session; until then its gateway takes it as evidence that the session was interrupted, and resumes it',
    ];
  }
  const said: string[] = [];
  if (record.pid === undefined) {
    said.push('missing-pid: openclaw up to 2026.7 deletes it once the file is some seconds to 30 min old');
  }
  if (recordMs === undefined) said.push('invalid-createdAt: openclaw cannot tell how old it is');
  if (recordMs !== undefined && recordMs > tooOldMs) {
    said.push(
      'too-old: openclaw up to 2026.5.7 takes it over although its process lives; later ones fail with a stale error, and leave it',
    );
  }
  if (recordMs !== undefined && record.maxHoldMs !== undefined && recordMs > record.maxHoldMs) {
    said.push('hold-exceeded: openclaw from 2026.5.28 on fails with a stale error, and leaves it');
  }
  return said;
}
