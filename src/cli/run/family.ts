/** A process and all that it has started, each known by its start time too: a number may become somebody else's. */
import { descendantsOf, processState } from '../../os/processes.ts';

/** Start times by process number; undefined where the system tells none. */
export type Family = ReadonlyMap<number, string | undefined>;

/** Who has left the family before (a daemon, whose parent has gone) is not found. */
async function familyOf(pid: number): Promise<Family> {
  const family = new Map<number, string | undefined>();
  for (const member of [pid, ...(await descendantsOf(pid))]) family.set(member, await startTimeOf(member));
  return family;
}

/**
 * Sends all of a family a signal that ends programs. They are stopped first, until no new member comes: who is born between
 * the look and the signal would be left behind by its parents, and go on.
 */
export async function signalFamily(pid: number, signal: NodeJS.Signals): Promise<Family> {
  let family: Family = new Map();
  for (let known = -1; known < family.size;) {
    known = family.size;
    family = new Map([...family, ...(await familyOf(pid))]);
    signalEach(family.keys(), 'SIGSTOP');
  }
  signalEach(family.keys(), signal);
  signalEach(family.keys(), 'SIGCONT');
  return family;
}

export async function stillThere(family: Family): Promise<readonly number[]> {
  const left: number[] = [];
  for (const [member, startTime] of family) {
    if (startTime !== undefined && (await startTimeOf(member)) === startTime) left.push(member);
  }
  return left;
}

export function signalEach(members: Iterable<number>, signal: NodeJS.Signals): void {
  for (const member of members) {
    try {
      process.kill(member, signal);
    } catch {
      // It has ended by itself, or has become another user's, whom we may not signal.
    }
  }
}

async function startTimeOf(pid: number): Promise<string | undefined> {
  const state = await processState(pid);
  return state?.state === 'running' ? state.startTime : undefined;
}
