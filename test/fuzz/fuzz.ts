/**
 * Hostile files and texts, many of them, with figures; exit code 1 on a failure.
 *
 *     npm run fuzz -- [--cases 100000] [--seed 1] [--kind scope]
 *     npm run fuzz -- --kind scope --only 123456      one case, as a failure names it
 */
import { parseArgs } from 'node:util';
import { casesOf, runCampaign, type FuzzCase } from './campaign.ts';
import { kinds, type Kind } from './kinds.ts';
import { keptSeeds } from './keptSeeds.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    kind: { type: 'string' },
    only: { type: 'string' },
  },
});
const kind = values.kind === undefined ? undefined : kindNamed(values.kind);

const chosen: Iterable<FuzzCase> =
  values.only !== undefined && kind
    ? [{ kind, seed: Number(values.only) }]
    : casesOf(Number(values.seed), Number(values.cases), kind);

const kept = runCampaign(keptSeeds);
console.log(`${keptSeeds.length} cases that failed once: ${kept.failures.length} failures`);
const begunAt = performance.now();
const { cases, failures: found, slowest, grownBytes } = runCampaign(chosen);
const failures = [...kept.failures, ...found];
const total = [...cases.values()].reduce((sum, count) => sum + count, 0);
console.log(`${total} cases in ${((performance.now() - begunAt) / 1_000).toFixed(1)} s, seed ${values.seed}`);
for (const [name, count] of cases) console.log(`  ${name}: ${count}`);
console.log(`Slowest: ${Math.round(slowest.ms)} ms, ${command(slowest)}`);
console.log(`Peak memory grew by ${Math.round(grownBytes / 1024 ** 2)} MiB`);
console.log(`${found.length} failures`);
for (const failure of failures) console.log(`\n${command(failure)}\n  ${failure.message}`);
if (failures.length > 0) process.exitCode = 1;

function command(fuzzed: FuzzCase): string {
  return `npm run fuzz -- --kind '${fuzzed.kind}' --only ${fuzzed.seed}`;
}

function kindNamed(name: string): Kind {
  const found = (Object.keys(kinds) as Kind[]).find((known) => known === name);
  if (!found) throw new Error(`There is no kind ${name}; there are ${Object.keys(kinds).join(', ')}.`);
  return found;
}
