/**
 * What locks cost here, beside everyone else's. Start here: npm run bench [-- --quick] [--only PART] [--write].
 * Figures are printed and never asserted: machines differ, ratios of one run say more.
 */
import { parseArgs } from 'node:util';
import { Workbench } from './harness/workbench.ts';
import { measureCommandLine } from './parts/commandLine.ts';
import { measureContention } from './parts/contention.ts';
import { measureCycle } from './parts/cycle.ts';
import { measureSizes } from './parts/sizes.ts';
import { measureSnapshot } from './parts/snapshot.ts';
import { describeMachine } from './report/machine.ts';
import type { Part } from './report/part.ts';
import { printPart, printTargets } from './report/terminal.ts';

const measures: Readonly<Record<string, (bench: Workbench) => Promise<Part>>> = {
  cycle: measureCycle,
  contention: measureContention,
  snapshot: measureSnapshot,
  cli: measureCommandLine,
  sizes: measureSizes,
};

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const wanted = Object.entries(measures).filter(([name]) => values.only === undefined || name === values.only);
if (wanted.length === 0) throw new Error(`There is no part ${values.only}: ${Object.keys(measures).join(', ')}.`);
if (values.write && values.only !== undefined) throw new Error('--write is about one whole run: leave --only away.');

const started = performance.now();
console.log(describeMachine());
const pace = values.quick ? 'quick' : 'whole';
await using bench = new Workbench(pace);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    bench.abandon();
    process.exit(1);
  });
}
const parts: Part[] = [];
for (const [, measure] of wanted) {
  const part = await measure(bench);
  printPart(part);
  parts.push(part);
}
printTargets(parts.flatMap(({ targets }) => targets));
if (values.write) {
  const { writeDocument } = await import('./report/document.ts');
  await writeDocument(parts, pace);
}
console.log(`\nIn ${Math.round((performance.now() - started) / 1_000)} s.`);
