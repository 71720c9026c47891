import { setTimeout as delay } from 'node:timers/promises';
import { signalEach, signalFamily, stillThere, type Family } from './family.ts';

/** So long may a command take to end by itself. */
const patienceMs = 10_000;
const lookMs = 50;

/** Ends a command and all that it has started: TERM, and KILL for what is still there after 10 s. */
export async function endCommand(pid: number): Promise<void> {
  const family = await signalFamily(pid, 'SIGTERM');
  signalEach(await leftAfterPatience(family), 'SIGKILL');
}

/** Resolves as soon as nobody of them is there any more, or with those who are there after 10 s. */
export async function leftAfterPatience(family: Family): Promise<readonly number[]> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const left = await stillThere(family);
    if (left.length === 0 || performance.now() > until) return left;
    await delay(lookMs);
  }
}
