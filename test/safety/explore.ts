/**
 * Every schedule of the scenarios, with figures; exit code 1 on a violation.
 *
 *     npm run explore [-- NAME…]             all scenarios, or these
 *     npm run explore -- --whole [NAME…]       the same with larger bounds, which take longer
 *     npm run explore -- --replay NAME/0.1.1x  the steps of one schedule, as a violation names it
 */
import { parseArgs } from 'node:util';
import { replay } from './replay.ts';
import { scenariosAt } from './scenarios.ts';
import { explore } from './search.ts';

const { values, positionals } = parseArgs({
  options: { whole: { type: 'boolean' }, replay: { type: 'string' } },
  allowPositionals: true,
});
const scale = values.whole ? 'whole' : 'brief';
if (values.replay === undefined) exploreAll(positionals);
else for (const line of replay(values.replay, scale)) console.log(line);

function exploreAll(names: readonly string[]): void {
  const scenarios = scenariosAt(scale);
  for (const name of names) {
    if (!scenarios.some((scenario) => scenario.name === name)) throw new Error(`There is no scenario ${name}.`);
  }
  for (const scenario of scenarios.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const before = process.cpuUsage();
    const { states, schedules, longest, finding } = explore(scenario);
    const { preemptions = Infinity, crashes, stops = 0 } = scenario.rules;
    const bound = preemptions === Infinity ? '' : `, at most ${preemptions} preemptions`;
    const stopped = stops === 0 ? '' : `, ${stops} stopped`;
    const { user, system } = process.cpuUsage(before);
    // Of the processor, not by the clock: others may keep it busy too.
    const seconds = ((user + system) / 1_000_000).toFixed(1);
    console.log(
      `${scenario.name}: ${scenario.programs.length} programs, at most ${crashes} killed${stopped}${bound}; ${states} states of ` +
        `${schedules.toExponential(1)} schedules of up to ${longest} steps; ${finding ? 1 : 0} violations; ${seconds} s`,
    );
    if (!finding) continue;
    process.exitCode = 1;
    const flag = values.whole ? '--whole ' : '';
    console.log(
      `  ${finding.message}\n  npm run explore -- ${flag}--replay ${scenario.name}/${finding.schedule.join('.')}`,
    );
  }
}
