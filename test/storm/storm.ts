/**
 * Start here: `npm run storm -- --seconds 20 --processes 8 --seed 1`. Real processes lock overlapping scopes with the
 * library, with `wlock run` and as little-loops does, while this one kills and stops them, sets their clocks, fills their
 * disk and deletes their records. Prints figures, and exits 1 where anything was seen that must not be, or where
 * something that should have happened never did.
 */
import { parseArgs } from 'node:util';
import { report } from './report.ts';
import { runStorm } from './runStorm.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    processes: { type: 'string', default: '8' },
    seed: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const options = {
  seconds: positive('seconds', values.seconds),
  processes: positive('processes', values.processes),
  seed: values.seed === undefined ? Date.now() % 1_000_000 : positive('seed', values.seed),
};

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interruption.abort(new Error(`The storm was ended by ${signal}.`)));
}
console.log(`Storm: ${options.seconds} s, ${options.processes} processes, seed ${options.seed}`);
const phases = await runStorm({
  ...options,
  signal: interruption.signal,
  keepLedgers: values.keep ? 'always' : 'on-violation',
});
console.log(report(phases));
process.exitCode = phases.every(({ violations }) => violations.length === 0) ? 0 : 1;

function positive(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number <= 0) throw new Error(`--${name} takes a whole number above 0.`);
  return number;
}
