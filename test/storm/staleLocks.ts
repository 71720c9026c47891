/**
 * `npm run storm:stale -- --rounds 1000 --processes 8`: processes meet one stale lock, round after round, and exactly one
 * may get it. Beside ours three other ways to take a stale lock over. Exits 1 where ours had a round without one winner.
 */
import { parseArgs } from 'node:util';
import { methods } from './staleLock.ts';
import { raceForStaleLock, roundsWithSeveral } from './staleLockRace.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '1000' }, processes: { type: 'string', default: '8' } },
});
const [rounds, processes] = [Number(values.rounds), Number(values.processes)];

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interruption.abort(new Error(`Ended by ${signal}.`)));
}
console.log(`One stale lock, ${processes} processes at once, ${rounds} rounds each`);
for (const method of methods) {
  const result = await raceForStaleLock(method, { rounds, processes, signal: interruption.signal });
  const counts = [...result.roundsByWinners].sort(([a], [b]) => a - b);
  const shown = counts.map(([winners, times]) => `${times} with ${winners}`).join(', ');
  const figures = `${roundsWithSeveral(result)} rounds with two or more winners`;
  console.log(`  ${method.padEnd(20)}${figures} (${shown}), ${result.seconds.toFixed(0)} s`);
  const isExclusive = result.roundsByWinners.get(1) === rounds;
  if (method === 'workspace-locks' && !isExclusive) process.exitCode = 1;
}
