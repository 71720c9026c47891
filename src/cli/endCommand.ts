import { setTimeout as delay } from 'node:timers/promises';
import { descendantsOf, processState } from '../os/processes.ts';

/** After losing the lock, so long may the command take to end before it is killed. */
const killAfterMs = 10_000;
const lookMs = 50;

/**
 * Ends a command and all that it has started: TERM, and KILL for what is still there after 10 s. Resolves when they have
 * gone. Who has left the family before (a daemon) is not found.
 */
export async function endCommand(pid: number): Promise<void> {
  // Looked up before anybody ends: a process whose parent has gone belongs to nobody.
  const started = new Map<number, string | undefined>();
  for (const member of [pid, ...(await descendantsOf(pid))]) started.set(member, await startTimeOf(member));
  for (const member of started.keys()) signal(member, 'SIGTERM');

  const until = performance.now() + killAfterMs;
  let left = await stillThere(started);
  while (left.length > 0 && performance.now() < until) {
    await delay(lookMs);
    left = await stillThere(started);
  }
  for (const member of left) signal(member, 'SIGKILL');
}

/** By start time as well: a number may have become somebody else's meanwhile. */
async function stillThere(started: ReadonlyMap<number, string | undefined>): Promise<readonly number[]> {
  const left: number[] = [];
  for (const [member, startTime] of started) {
    if (startTime !== undefined && (await startTimeOf(member)) === startTime) left.push(member);
  }
  return left;
}

async function startTimeOf(pid: number): Promise<string | undefined> {
  const state = await processState(pid);
  return state?.state === 'running' ? state.startTime : undefined;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself, or has become another user's, whom we may not end.
  }
}
