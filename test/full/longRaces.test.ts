/** The races of test/real, for so long that a rare fault shows too. */
import assert from 'node:assert/strict';
import { race, type Kind } from '../real/race/race.ts';
import { assertDeadBlockNobody, assertExclusive, print } from '../real/race/report.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';

const oursAndTheirs: readonly Kind[] = ['library', 'library', 'loop', 'loop'];

describe('Mutual exclusion of our processes and little-loops, for long', () => {
  let root: TemporaryRoot;
  beforeEach(() => (root = new TemporaryRoot()));
  afterEach(() => root[Symbol.dispose]());

  // The portable provider starts a process for each try.
  for (const [flock, acquisitions] of [
    ['fs-ext', 20_000],
    ['portable', 6_000],
  ] as const) {
    const environment = { WLOCK_FLOCK: flock };

    it(`holds over ${acquisitions} acquisitions (${flock})`, async () => {
      const result = await race(root, { workers: oursAndTheirs, acquisitions, environment, boundMs: 300_000 });
      print(`plain, ${flock}`, result);
      assertExclusive(result, acquisitions);
    });

    it(`holds over 5000 acquisitions with kills (${flock})`, async () => {
      const options = {
        workers: oursAndTheirs,
        acquisitions: 5_000,
        acquisitionsPerKill: 25,
        environment,
        boundMs: 300_000,
      };
      const result = await race(root, options);
      print(`with SIGKILL, ${flock}`, result);
      assertExclusive(result, 5_000);
      assertDeadBlockNobody(result);
    });
  }

  it('holds among eight of ours', async () => {
    const workers: readonly Kind[] = Array.from({ length: 8 }, () => 'library');
    const result = await race(root, { workers, acquisitions: 10_000, acquisitionsPerKill: 100, boundMs: 300_000 });
    print('eight of ours', result);
    assert.deepEqual(result.overlaps, []);
    assert.deepEqual(result.failures, []);
    assertDeadBlockNobody(result);
  });
});
