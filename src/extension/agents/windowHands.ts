import * as vscode from 'vscode';
import { LockError } from '../../core/errors.ts';
import type { Lock, LockId } from '../../core/lock.ts';
import type { AgentGrant, AgentHands, AgentRequest } from '../../manager/agents/agentHands.ts';
import { askToRenew } from '../../manager/askToRenew.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import type { Conflict } from '../../protocols/protocol.ts';
import { holderName } from '../commands/holderName.ts';
import type { WindowLocks } from '../windowLocks.ts';
import type { AgentLosses } from './agentLosses.ts';

/** By this an agent's locks are told from those that the person has taken in the same window, also after a reload. */
export const agentTool = 'VS Code agent';

/** Held by this window for one of its agents. */
export function isAgents({ mine, holder }: Lock): boolean {
  return mine && holder.tool === agentTool;
}

/** The locks of the window's agents in one store: held by the window's keeper, seen and released like the person's own. */
export class WindowHands implements AgentHands {
  readonly #manager: LockManager;
  readonly #windowLocks: WindowLocks;
  readonly #losses: AgentLosses;

  constructor(manager: LockManager, windowLocks: WindowLocks, losses: AgentLosses) {
    this.#manager = manager;
    this.#windowLocks = windowLocks;
    this.#losses = losses;
  }

  async acquire(request: AgentRequest, signal: AbortSignal): Promise<AgentGrant | Conflict> {
    if (!vscode.workspace.isTrusted) {
      throw new LockError(
        'not-supported',
        'In an untrusted workspace locks are shown, but not taken.',
        'Ask the person at the window to trust the workspace.',
      );
    }
    const { scope, waitMs, ...terms } = request;
    const outcome = await this.#windowLocks.acquire(
      this.#manager,
      scope,
      `${holderName()}’s agent`,
      { ...terms, tool: agentTool },
      waitMs === undefined ? undefined : { signal, waitMs },
    );
    if (outcome.kind === 'conflict') return outcome;
    const lock = this.#manager.snapshot.locks.find(({ id }) => id === outcome.id);
    if (lock) return { kind: 'granted', lock };
    throw new Error('The lock was removed in the moment in which it was granted. Try again.');
  }

  async renew(id: LockId, ttlMs: number): Promise<boolean> {
    const lock = this.#manager.snapshot.locks.find((each) => each.id === id);
    if (!lock) return false;
    await askToRenew(this.#manager, lock, ttlMs);
    return true;
  }

  async release(id: LockId): Promise<void> {
    await this.#windowLocks.release(this.#manager, id);
  }

  held(): readonly LockId[] {
    return this.#manager.snapshot.locks.filter(isAgents).map(({ id }) => id);
  }

  takeLosses(): readonly string[] {
    return this.#losses.take();
  }
}
