import type { Holder, Lock } from '../../core/lock.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import { agentProcess } from './agentProcess.ts';

/** Of these locks, those that somebody else holds than this agent or those for whom it works. */
export async function locksOfOthers(
  locks: readonly Lock[],
  { os }: LockManager,
  agent: number | undefined,
): Promise<readonly Lock[]> {
  const strangers = locks.filter(({ mine }) => !mine);
  if (strangers.length === 0) return [];
  const above = new Set(await os.ancestors(process.pid));
  const pid = agent ?? (await agentProcess(os));
  const others: Lock[] = [];
  for (const lock of strangers) {
    const holder = lock.holder.pid;
    const isOwn =
      holder !== undefined &&
      isPidOfHere(lock.holder, os.identity()) &&
      // A loop that runs the agent holds its lock for what the agent does, as little-loops itself sees it.
      (above.has(holder) ||
        // The agent's own server of locks is another session, whose locks it took by calling a tool.
        (lock.holder.tool === 'wlock mcp' && pid !== undefined && (await os.ancestors(holder)).includes(pid)));
    if (!isOwn) others.push(lock);
  }
  return others;
}

/** A number of another machine, boot or container means nobody here. */
function isPidOfHere(holder: Holder, here: Omit<Holder, 'name'>): boolean {
  const keys = ['machineId', 'bootId', 'pidNamespace'] as const;
  return keys.every((key) => holder[key] === undefined || here[key] === undefined || holder[key] === here[key]);
}
