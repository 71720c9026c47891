/**
 * A loop that writes in a folder which others write in too, by the library: `tsx loop.ts FOLDER [ROUNDS] [SECONDS] [WAIT]`.
 * Waits up to WAIT seconds for each of its ROUNDS, which takes SECONDS. Exit codes as those of wlock: 4 waited too long,
 * 5 the lock was lost; 143 after SIGTERM, 130 after Ctrl-C.
 */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openLocks, type Conflict } from 'workspace-locks';

const [folder = 'src', rounds = '3', seconds = '1', wait = '60'] = process.argv.slice(2);

// A signal ends the wait or the work, and then the program, which gives back what it holds on its way out.
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort(143));
process.once('SIGINT', () => stop.abort(130));

/** Stands for the real work. It has to end when its signal says so. */
async function writeRound(round: number, signal: AbortSignal): Promise<void> {
  console.log(`round ${round}: writing`);
  await delay(Number(seconds) * 1_000, undefined, { signal });
  await appendFile(join(folder, 'rounds.txt'), `round ${round}\n`);
}

const namesIn = ({ locks, waiters }: Conflict): string =>
  [...locks, ...waiters].map(({ holder }) => JSON.stringify(holder.name)).join(', ');

await using locks = await openLocks();

async function loop(): Promise<number> {
  for (let round = 1; round <= Number(rounds); round++) {
    const outcome = await locks.acquire({
      scope: [folder],
      holder: 'loop.ts',
      reason: `round ${round} of ${rounds}`,
      waitMs: Number(wait) * 1_000,
      signal: stop.signal,
      onWaiting: (conflict) => console.error(`waiting for ${namesIn(conflict)}`),
    });
    if (!outcome.ok) {
      console.error(`${folder} is still locked by ${namesIn(outcome.conflict)}`);
      return 4;
    }
    // For one round only, so that others get their turn in between, in the order in which they came.
    await using held = outcome.held;
    try {
      await writeRound(round, AbortSignal.any([held.lost, stop.signal]));
    } catch (error) {
      if (!held.lost.aborted) throw error;
      console.error(String(held.lost.reason));
      return 5;
    }
  }
  return 0;
}

try {
  process.exitCode = await loop();
} catch (error) {
  if (!stop.signal.aborted) throw error;
  process.exitCode = Number(stop.signal.reason);
}
