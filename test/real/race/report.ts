/** What a race has to show, and its figures as one line. */
import assert from 'node:assert/strict';
import { total } from './ledger.ts';
import type { RaceResult } from './race.ts';

export function assertExclusive(result: RaceResult, acquisitions: number): void {
  assert.deepEqual(result.overlaps, []);
  assert.deepEqual(result.failures, []);
  assert.ok(total(result.acquisitions) >= acquisitions);
  for (const kind of ['library', 'loop']) {
    const share = (result.acquisitions.get(kind) ?? 0) / total(result.acquisitions);
    assert.ok(share > 0.05, `${kind} got ${(share * 100).toFixed(1)} % of the acquisitions`);
  }
}

export function assertDeadBlockNobody(result: RaceResult): void {
  assert.ok(total(result.kills) > 0);
  assert.deepEqual(result.blockedByDead, []);
  // Those that are alive may have the lock meanwhile, each once or twice.
  assert.ok(result.mostTriesAfterKill <= 50, `${result.mostTriesAfterKill} refusals after a kill`);
}

export function print(title: string, result: RaceResult): void {
  const shown = (counts: ReadonlyMap<string, number>): string =>
    [...counts].map(([kind, count]) => `${kind} ${count}`).join(', ') || 'none';
  console.log(
    `      ${title}: acquisitions ${shown(result.acquisitions)}; conflicts ${shown(result.conflicts)}; ` +
      `kills ${shown(result.kills)} (${result.diedInside} died inside, at most ${result.mostTriesAfterKill} refusals until the next entry); ` +
      `overlaps ${result.overlaps.length}; blocked by the dead ${result.blockedByDead.length}; ${result.seconds.toFixed(1)} s`,
  );
}
