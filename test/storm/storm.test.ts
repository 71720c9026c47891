/** The short forms of `npm run storm` and `npm run storm:stale`. No speed is asserted: only what was seen, and that it was. */
import assert from 'node:assert/strict';
import { findFaketime } from '../setup/faketime.mjs';
import { Chance } from './chance.mjs';
import { Phase } from './phase.ts';
import { report } from './report.ts';
import { runStorm } from './runStorm.ts';
import { raceForStaleLock, roundsWithSeveral } from './staleLockRace.ts';

const { signal } = new AbortController();
const indented = (text: string): string => text.replaceAll(/^/gm, '      ');

describe('A storm of real processes', () => {
  it('would be caught if somebody went in without a lock', async () => {
    const phase = await Phase.open({
      weather: 'deaths, stops and set clocks',
      durationMs: 10_000,
      processes: 4,
      pauseMs: 3,
      chance: new Chance(1),
      faketime: await findFaketime(),
      signal,
      keepLedgers: 'never',
      crew: ['library', 'loop', 'cheat'],
      isOver: ({ violations }) => violations.length > 0,
    });
    try {
      const { violations } = await phase.run();
      assert.match(violations[0] ?? '', /entered .* while .* was inside/);
      assert.ok(violations.some((violation) => violation.includes('cheat-')));
    } finally {
      await phase.close();
    }
  });

  it('leaves nobody inside together, no dead holder in the way, and nothing behind', async () => {
    const seed = Date.now() % 1_000_000;
    console.log(`      seed ${seed}`);
    const phases = await runStorm({ seconds: 20, processes: 8, pauseMs: 3, seed, signal });
    console.log(indented(report(phases)));
    // Also named there: what never happened, so that a storm without wind is no success.
    assert.deepEqual(
      phases.flatMap(({ violations }) => violations),
      [],
    );
    assert.equal(phases.length, 3);
  });
});

describe('A stale lock that eight processes meet at once', () => {
  it('goes to exactly one of them', async () => {
    const { roundsByWinners } = await raceForStaleLock('workspace-locks', { rounds: 100, processes: 8 });
    assert.deepEqual([...roundsByWinners], [[1, 100]]);
  });

  it('goes to several where it is deleted and then made again: the negative control', async () => {
    const result = await raceForStaleLock('delete-then-create', { rounds: 100, processes: 8 });
    assert.ok(roundsWithSeveral(result) > 0);
  });

  for (const method of ['proper-lockfile', 'rename-over'] as const) {
    it(`is measured with ${method}`, async () => {
      const result = await raceForStaleLock(method, { rounds: 100, processes: 8 });
      console.log(`      ${roundsWithSeveral(result)} of ${result.rounds} rounds with two or more winners`);
      assert.equal(
        [...result.roundsByWinners.values()].reduce((sum, rounds) => sum + rounds, 0),
        100,
      );
    });
  }
});
