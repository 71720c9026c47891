/** `npm run explore [-- NAME…]`: searches the scenarios, prints figures, exits 1 on a violation. */
import { explore } from './search.ts';
import { scenarios } from './scenarios.ts';

const wanted = process.argv.slice(2);
let violations = 0;
for (const scenario of scenarios.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const begunAt = performance.now();
  const { states, schedules, longest, finding } = explore(scenario);
  const seconds = ((performance.now() - begunAt) / 1_000).toFixed(1);
  console.log(
    `${scenario.name}: ${states} states, ${schedules.toExponential(1)} schedules of up to ${longest} steps, ${finding ? 1 : 0} violations, ${seconds} s`,
  );
  if (!finding) continue;
  violations++;
  console.log(`  ${finding.message}\n  replay: ${scenario.name}/${finding.schedule.join('.')}`);
}
process.exitCode = violations === 0 ? 0 : 1;
