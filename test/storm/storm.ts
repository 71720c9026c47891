/**
 * Start here: `npm run storm -- --seconds 20 --processes 8 --seed 1`. Real processes lock overlapping scopes with the
 * library, with `wlock run` and as little-loops does, while this one kills and stops them, sets their clocks, fills their
 * disk and deletes their records. Prints figures, and exits 1 where anything was seen that must not be, or where
 * something that should have happened never did.
 */
import { parseArgs } from 'node:util';
import { runProgram, wholeNumber } from './program.ts';
import { weathers } from './weather.ts';
import { report } from './report.ts';
import { runStorm } from './runStorm.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    processes: { type: 'string', default: '8' },
    /** Milliseconds between two requests of a process, on average. */
    pause: { type: 'string', default: '3' },
    seed: { type: 'string' },
    only: { type: 'string' },
  },
});
const only = weathers.find((weather) => weather === values.only);
if (values.only !== undefined && only === undefined) {
  console.error(`--only takes one of: ${weathers.join('; ')}.`);
  process.exit(2);
}
const options = {
  seconds: wholeNumber('seconds', values.seconds),
  processes: wholeNumber('processes', values.processes),
  ...(only === undefined ? {} : { only }),
  pauseMs: wholeNumber('pause', values.pause),
  seed: values.seed === undefined ? Date.now() % 1_000_000 : wholeNumber('seed', values.seed),
};

await runProgram(async (signal) => {
  console.log(
    `Storm: ${options.seconds} s, ${options.processes} processes, pause ${options.pauseMs} ms, seed ${options.seed}`,
  );
  const phases = await runStorm({ ...options, signal });
  console.log(report(phases));
  return phases.every(({ violations }) => violations.length === 0) ? 'passed' : 'failed';
});
