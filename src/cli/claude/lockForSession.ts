import { LockError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope/entry.ts';
import { boundProcess } from '../../manager/keeper/boundProcess.ts';
import { askAtDoor, doorOf } from '../../manager/keeper/door.ts';
import { KeeperClient } from '../../manager/keeper/keeperClient.ts';
import type { AcquireCall, Answer, Bound } from '../../manager/keeper/messages.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import type { Conflict } from '../../protocols/protocol.ts';
import { keeperFile } from '../keeperFile.ts';
import { agentProcess } from './agentProcess.ts';
import { locksOfOthers } from './othersLocks.ts';
import { holderNameOf, hookTool } from './workspace.ts';

/** The end of a lock where neither the session nor the agent's process is seen to end. */
const longestHoldMs = 12 * 3_600_000;

/**
 * Locks a scope until the session ends: it says so itself, or its process ends. One try. A second lock beside one of the same
 * session, where two edits come at once, is granted.
 * @returns who is in the way, or undefined where it is locked
 */
export async function lockForSession(
  scope: Scope,
  session: string,
  manager: LockManager,
  agent: number | undefined,
): Promise<Pick<Conflict, 'locks' | 'waiters'> | undefined> {
  const pid = agent ?? (await agentProcess(manager.os));
  const process = pid === undefined ? undefined : await boundProcess(manager.os, pid);
  if (!process) {
    throw new LockError('usage', 'The agent’s process is not to be found.', 'Name it with --pid, such as --pid $PPID.');
  }
  const call: AcquireCall = {
    kind: 'acquire',
    scope,
    mode: 'exclusive',
    holder: holderNameOf(session),
    tool: hookTool,
    reason: 'edited in a session of Claude Code',
    ttlMs: longestHoldMs,
  };
  const door = doorOf(manager.root.path, `${manager.session} ${session}`, process);
  const asked = await askAtDoor(door, call);
  // A keeper that fails, or is just ending, is no reason not to have another.
  const isAnswered = asked?.kind === 'acquired' || asked?.kind === 'conflict';
  const answer = isAnswered ? asked : await askNewKeeper(call, manager, { kind: 'session', process, door });
  if (answer.kind === 'acquired') return undefined;
  const locks = await locksOfOthers(answer.locks, manager, agent);
  const isOthers = locks.length + answer.waiters.length > 0 || answer.locks.length === 0;
  return isOthers ? { locks, waiters: answer.waiters } : undefined;
}

type Outcome = Extract<Answer, { readonly kind: 'acquired' | 'conflict' }>;

async function askNewKeeper(call: AcquireCall, manager: LockManager, bound: Bound): Promise<Outcome> {
  const keeper = await KeeperClient.start(
    keeperFile,
    { root: manager.root.path, session: manager.session, bound },
    { onLost: () => undefined, onExit: () => undefined }, // both end the request below, which says so
  );
  try {
    const answer = await keeper.acquire(call);
    switch (answer.kind) {
      case 'acquired':
        await keeper.keep();
        return answer;
      case 'conflict':
        return answer;
      case 'done':
      case 'gone':
      case 'failed':
        throw new LockError('keeper-failed', 'The keeper gave no usable answer.', 'Run wlock doctor.');
    }
  } finally {
    keeper.disconnect();
  }
}
