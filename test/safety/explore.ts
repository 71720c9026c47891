/**
 * Every schedule of the scenarios, with figures; exit code 1 on a violation.
 *
 *     npm run explore [-- NAME…]             all scenarios, or these
 *     npm run explore -- --whole [NAME…]       the same with larger bounds, which take longer
 *     npm run explore -- --replay NAME/0.1.1x  the steps of one schedule, as a violation names it
 */
import { parseArgs } from 'node:util';
import { replayCluster } from './etcd/replay.ts';
import { clusterScenariosAt } from './etcd/scenarios.ts';
import { explore as exploreCluster } from './etcd/search.ts';
import { replay } from './replay.ts';
import { scenariosAt } from './scenarios.ts';
import { explore, type Result } from './search.ts';

const { values, positionals } = parseArgs({
  options: { whole: { type: 'boolean' }, replay: { type: 'string' } },
  allowPositionals: true,
});
const scale = values.whole ? 'whole' : 'brief';
if (values.replay === undefined) await exploreAll(positionals);
else if (isOfCluster(values.replay)) for await (const line of replayCluster(values.replay, scale)) console.log(line);
else for (const line of replay(values.replay, scale)) console.log(line);

/** One scenario, of the store or of a cluster. */
interface Run {
  readonly name: string;
  readonly programs: readonly unknown[];
  readonly bounds: readonly string[];
  readonly explore: () => Result | Promise<Result>;
}

async function exploreAll(names: readonly string[]): Promise<void> {
  const runs = [...ofStore(), ...ofCluster()];
  for (const name of names) {
    if (!runs.some((run) => run.name === name)) throw new Error(`There is no scenario ${name}.`);
  }
  for (const run of runs.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const { name, programs, bounds } = run;
    const before = process.cpuUsage();
    const { states, schedules, longest, finding } = await run.explore();
    const { user, system } = process.cpuUsage(before);
    // Of the processor, not by the clock: others may keep it busy too.
    const seconds = ((user + system) / 1_000_000).toFixed(1);
    console.log(
      `${name}: ${programs.length} programs, ${bounds.join(', ')}; ${states} states of ` +
        `${schedules.toExponential(1)} schedules of up to ${longest} steps; ${finding ? 1 : 0} violations; ${seconds} s`,
    );
    if (!finding) continue;
    process.exitCode = 1;
    const flag = values.whole ? '--whole ' : '';
    console.log(`  ${finding.message}\n  npm run explore -- ${flag}--replay ${name}/${finding.schedule.join('.')}`);
  }
}

function ofStore(): readonly Run[] {
  return scenariosAt(scale).map((scenario) => {
    const { crashes, stops = 0, preemptions } = scenario.rules;
    const stopped = stops === 0 ? [] : [`${stops} stopped`];
    const bounds = [`at most ${crashes} killed`, ...stopped, ...boundOf(preemptions)];
    return { ...scenario, bounds, explore: () => explore(scenario) };
  });
}

function ofCluster(): readonly Run[] {
  return clusterScenariosAt(scale).map((scenario) => {
    const { crashes = 0, lapses = 0, lags = 0, faults = 0, preemptions } = scenario.rules;
    const troubles = [`${lapses} leases lost`, `${lags} late views`, `${faults} answers lost`];
    const some = troubles.filter((trouble) => !trouble.startsWith('0'));
    const bounds = [`at most ${crashes} killed`, ...some, ...boundOf(preemptions)];
    return { ...scenario, bounds, explore: () => exploreCluster(scenario) };
  });
}

function boundOf(preemptions = Infinity): readonly string[] {
  return preemptions === Infinity ? [] : [`at most ${preemptions} preemptions`];
}

function isOfCluster(schedule: string): boolean {
  return clusterScenariosAt(scale).some(({ name }) => schedule.startsWith(`${name}/`));
}
