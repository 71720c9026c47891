/**
 * `npm run storm:stale -- --rounds 1000 --processes 8`: processes meet one stale lock, round after round, and exactly one
 * may get it. Beside ours three other ways to take a stale lock over. Exits 1 where ours had a round without one winner.
 */
import { parseArgs } from 'node:util';
import { runProgram, wholeNumber } from './program.ts';
import { methods } from './staleLock.ts';
import { raceForStaleLock, roundsWithSeveral, type StaleLockResult } from './staleLockRace.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '1000' }, processes: { type: 'string', default: '8' } },
});
const rounds = wholeNumber('rounds', values.rounds);
const processes = wholeNumber('processes', values.processes);

await runProgram(async (signal) => {
  console.log(`One stale lock, ${processes} processes at once, ${rounds} rounds each`);
  let ours: StaleLockResult | undefined;
  for (const method of methods) {
    const result = await raceForStaleLock(method, { rounds, processes, signal });
    if (method === 'workspace-locks') ours = result;
    console.log(line(result));
  }
  return ours?.roundsByWinners.get(1) === rounds ? 'passed' : 'failed';
});

function line(result: StaleLockResult): string {
  const counts = [...result.roundsByWinners].sort(([a], [b]) => a - b);
  const shown = counts.map(([winners, times]) => `${times} with ${winners}`).join(', ');
  const figures = `${roundsWithSeveral(result)} rounds with two or more winners (${shown})`;
  return `  ${result.method.padEnd(20)}${figures}, ${result.seconds.toFixed(0)} s`;
}
