/** The scenarios of the explorer that have larger bounds than those of each change, with these. */
import assert from 'node:assert/strict';
import { exploreHere } from '../safety/mutate.ts';
import { scenarios } from '../safety/scenarios.ts';
import { TwoAtATime } from '../safety/twoAtATime.ts';

describe('The explorer, with larger bounds, finds no schedule that breaks a rule in the scenario', () => {
  const wider = scenarios.filter(({ whole }) => whole !== undefined);
  const runs = new TwoAtATime().startAll(
    wider.map(
      ({ name }) =>
        () =>
          exploreHere(name, 'whole'),
    ),
  );
  for (const [index, { name }] of wider.entries()) {
    it(name, async () => {
      const { code, output } = await runs(index);
      process.stdout.write(`      ${output}`);
      assert.equal(code, 0, output);
      assert.match(output, /; 0 violations;/);
    });
  }
});
