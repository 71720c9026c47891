import type { LockId } from '../../core/lock.ts';
import { describeScope } from '../../core/sentences.ts';
import type { Conflict } from '../../protocols/protocol.ts';
import { lossCauseOf, type HeldLock } from '../heldLock.ts';
import type { LockManager } from '../lockManager.ts';
import { lossSentence } from '../lossSentence.ts';
import type { AgentGrant, AgentHands, AgentRequest } from './agentHands.ts';

/** The locks of an agent that this very process holds and is recorded for: they end with it. */
export class OwnHands implements AgentHands {
  readonly #manager: LockManager;
  readonly #holder: () => string;
  readonly #tool: string;
  readonly #held = new Map<LockId, HeldLock>();
  #losses: string[] = [];

  /** @param holder asked at each request: a client may say its name only with its first one */
  constructor(manager: LockManager, holder: () => string, tool: string) {
    this.#manager = manager;
    this.#holder = holder;
    this.#tool = tool;
  }

  async acquire(request: AgentRequest, signal: AbortSignal): Promise<AgentGrant | Conflict> {
    const outcome = await this.#manager.acquire({ ...request, holder: this.#holder(), tool: this.#tool, signal });
    if (!outcome.ok) return outcome.conflict;
    const { held } = outcome;
    this.#keep(held);
    const { locks } = await this.#manager.refresh();
    const lock = locks.find(({ id }) => id === held.id);
    if (lock) return { kind: 'granted', lock };
    await held.release(); // gone already: whoever looks for it now finds nothing
    throw new Error('The lock was removed in the moment in which it was granted. Try again.');
  }

  async renew(id: LockId, ttlMs: number): Promise<boolean> {
    return (await this.#held.get(id)?.renew(ttlMs)) ?? false;
  }

  async release(id: LockId): Promise<void> {
    await this.#held.get(id)?.release();
  }

  held(): readonly LockId[] {
    return [...this.#held.keys()];
  }

  takeLosses(): readonly string[] {
    const losses = this.#losses;
    this.#losses = [];
    return losses;
  }

  #keep(held: HeldLock): void {
    this.#held.set(held.id, held);
    held.onDidEnd(() => this.#held.delete(held.id));
    held.lost.addEventListener('abort', () => {
      const scope = describeScope(held.scope, this.#manager.root.path);
      const cause = lossSentence(lossCauseOf(held.lost));
      this.#losses.push(`LOST: your lock ${held.id} on ${scope} is gone: ${cause}. Stop writing there.`);
      // One that another tool has taken stays in our store until its holder lets go of it, which a model may never do.
      held.release().catch(() => undefined);
    });
  }
}
