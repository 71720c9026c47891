/** Every schedule of the shipped protocol on a simulated kernel keeps the rules; with any guard taken away, one breaks. */
import assert from 'node:assert/strict';
import { exploreHere, exploreMutant } from './mutate.ts';
import { mutants } from './mutants.ts';
import { scenarios } from './scenarios.ts';
import { TwoAtATime } from './twoAtATime.ts';

describe('The explorer', () => {
  const machine = new TwoAtATime();

  describe('finds no schedule that breaks a rule in the scenario', () => {
    const runs = machine.startAll(
      scenarios.map(
        ({ name }) =>
          () =>
            exploreHere(name, 'brief'),
      ),
    );
    for (const [index, { name }] of scenarios.entries()) {
      it(name, async () => {
        const { code, output } = await runs(index);
        process.stdout.write(`      ${output}`);
        assert.equal(code, 0, output);
        assert.match(output, /; 0 violations;/);
      });
    }
  });

  describe('finds what is wrong with a protocol that', () => {
    const runs = machine.startAll(
      mutants.map(
        ({ edits, scenario }) =>
          () =>
            exploreMutant(edits, scenario),
      ),
    );
    for (const [index, { name, breaks }] of mutants.entries()) {
      it(name, async () => {
        const { code, output } = await runs(index);
        assert.equal(code, 1, output);
        assert.match(output, /; 1 violations;/);
        assert.ok(output.includes(breaks), `caught for something else than “${breaks}”: ${output}`);
      });
    }
  });
});
