/** The same as `../explorer.test.ts`, for locks in a cluster. */
import assert from 'node:assert/strict';
import { exploreMutant } from '../mutate.ts';
import { TwoAtATime } from '../twoAtATime.ts';
import { clusterMutants } from './mutants.ts';
import { clusterScenarios } from './scenarios.ts';
import { explore } from './search.ts';

describe('The explorer of the cluster', () => {
  const machine = new TwoAtATime();

  describe('finds no schedule that breaks a rule in the scenario', () => {
    for (const scenario of clusterScenarios) {
      it(scenario.name, async () => {
        const { states, schedules, finding } = await explore(scenario);
        console.log(`      ${states} states of ${schedules.toExponential(1)} schedules`);
        assert.equal(finding && `${finding.message}: ${finding.schedule.join('.')}`, undefined);
      });
    }
  });

  describe('finds what is wrong with a cluster protocol that', () => {
    const runs = machine.startAll(
      clusterMutants.map(
        ({ edits, scenario }) =>
          () =>
            exploreMutant(edits, scenario),
      ),
    );
    for (const [index, { name, breaks }] of clusterMutants.entries()) {
      it(name, async () => {
        const { code, output } = await runs(index);
        assert.equal(code, 1, output);
        assert.match(output, /; 1 violations;/);
        assert.ok(output.includes(breaks), `caught for something else than “${breaks}”: ${output}`);
      });
    }
  });
});
