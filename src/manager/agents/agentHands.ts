/** How an agent's locks are really held: by the MCP server's own process, or by a window's keeper. */
import type { Lock, LockId, Mode } from '../../core/lock.ts';
import type { Scope } from '../../core/scope/entry.ts';
import type { Conflict } from '../../protocols/protocol.ts';

export interface AgentRequest {
  readonly scope: Scope;
  readonly mode: Mode;
  readonly reason?: string;
  /** Milliseconds. */
  readonly ttlMs?: number;
  /** Milliseconds to stand in the queue at most; without it, one try. */
  readonly waitMs?: number;
}

export type AgentGrant = { readonly kind: 'granted'; readonly lock: Lock };

export interface AgentHands {
  acquire(request: AgentRequest, signal: AbortSignal): Promise<AgentGrant | Conflict>;
  /** False where it was lost. */
  renew(id: LockId, ttlMs: number): Promise<boolean>;
  release(id: LockId): Promise<void>;
  /** Ids of what this agent holds now. */
  held(): readonly LockId[];
  /** A sentence for each lock that it has lost since the last call. */
  takeLosses(): readonly string[];
}
