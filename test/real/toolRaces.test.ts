/**
 * Our processes and other tools' on one thing. agentwire's lock is the kernel's, so nobody may ever be inside together with
 * one of ours. What claude-swarm and openclaw do to themselves they may do to us too (PROTOCOLS 2.5, 3.7): there the figures
 * are printed beside the tool's own, and held to a bound.
 */
import assert from 'node:assert/strict';
import { total } from './race/ledger.ts';
import type { RaceResult } from './race/race.ts';
import {
  agentwireRace,
  figures,
  openclawRace,
  pairsOf,
  raceAmongThem,
  raceWithTool,
  swarmFileRace,
  swarmPatternRace,
} from './race/toolRaces.ts';

const acquisitions = 600;
const boundMs = 100_000;

describe('Mutual exclusion of our processes and other tools’', () => {
  const print = (title: string, result: RaceResult): void => console.log(`      ${figures(title, result)}`);
  const assertFair = (result: RaceResult): void => {
    assert.deepEqual(result.failures, []);
    assert.ok(total(result.acquisitions) >= acquisitions);
    for (const [kind, count] of result.acquisitions) assert.ok(count >= 20, `${kind} came in ${count} times`);
    assert.equal(pairsOf(result).oursOurs, 0);
  };

  it('holds with agentwire', async () => {
    const result = await raceWithTool(agentwireRace, { acquisitions, boundMs });
    print(agentwireRace.title, result);
    assertFair(result);
    assert.deepEqual(result.overlaps, []);
  });

  it('holds with agentwire while processes of both kinds are killed, and no dead holder blocks', async () => {
    const result = await raceWithTool(agentwireRace, { acquisitions, acquisitionsPerKill: 40, boundMs });
    print(`${agentwireRace.title}, with kills`, result);
    assertFair(result);
    assert.deepEqual(result.overlaps, []);
    assert.ok(total(result.kills) > 0);
    assert.deepEqual(result.blockedByDead, []);
  });

  for (const tool of [openclawRace, swarmFileRace, swarmPatternRace]) {
    it(`is as good as that of the tool itself: ${tool.title}`, async () => {
      const result = await raceWithTool(tool, { acquisitions, boundMs });
      print(`${tool.title}, 2 of ours and 2 of theirs`, result);
      print(`${tool.title}, 4 of theirs`, await raceAmongThem(tool, { acquisitions, boundMs }));
      assertFair(result);
      assertRare(result);
    });
  }

  it('is as good as that of openclaw itself while processes are killed, and no dead holder blocks', async () => {
    const options = { acquisitions, acquisitionsPerKill: 40, boundMs };
    const result = await raceWithTool(openclawRace, options);
    print(`${openclawRace.title}, with kills, 2 of ours and 2 of theirs`, result);
    print(`${openclawRace.title}, with kills, 4 of theirs`, await raceAmongThem(openclawRace, options));
    assertFair(result);
    assertRare(result);
    assert.ok(total(result.kills) > 0);
    assert.deepEqual(result.blockedByDead, []);
  });
});

/** The tools themselves have up to eight in each hundred (PROTOCOLS 2.5, 3.7). */
function assertRare(result: RaceResult): void {
  const { oursTheirs } = pairsOf(result);
  assert.ok(oursTheirs <= total(result.acquisitions) / 200, `${oursTheirs} overlaps with ours`);
}
