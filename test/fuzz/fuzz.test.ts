/** A small campaign at each change; `npm run fuzz` is the large one. */
import assert from 'node:assert/strict';
import { casesOf, runCampaign, type Figures } from './campaign.ts';
import { keptSeeds } from './keptSeeds.ts';

const mebibyte = 1024 ** 2;
const mostGrowthBytes = 512 * mebibyte;

describe('Hostile input', () => {
  const assertUnharmed = ({ failures, slowest, grownBytes }: Figures): void => {
    const first = failures.map(
      ({ kind, seed, message }) => `npm run fuzz -- --kind '${kind}' --only ${seed}\n${message}`,
    );
    assert.deepEqual(first, []);
    assert.ok(slowest.ms > 0, 'the cases did run');
    assert.ok(grownBytes < mostGrowthBytes, `memory grew by ${Math.round(grownBytes / mebibyte)} MiB`);
  };

  for (const kept of keptSeeds) {
    it(`${kept.found} (${kept.kind} ${kept.seed})`, () => assertUnharmed(runCampaign([kept])));
  }

  it('of 2 000 random cases throws nothing but refusals, shows nothing unsafe, and takes neither time nor memory', function () {
    this.timeout(120_000);
    assertUnharmed(runCampaign(casesOf(20_261_121, 2_000)));
  });
});
