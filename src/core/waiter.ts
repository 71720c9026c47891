/** A request that waits in a queue, as somebody observed it (DESIGN 3: waiter, ticket). */
import type { Holder, LockId, Mode, ProtocolId } from './lock.ts';
import type { Scope } from './scope/entry.ts';
import type { Evidence, Verdict, VerdictReason } from './verdict.ts';

/** Names one request for as long as it waits; the lock that it gets carries the same id. */
export type WaiterId = LockId;

/** Immutable. Times are epoch milliseconds. */
export interface Waiter {
  readonly id: WaiterId;
  readonly protocol: ProtocolId;
  /** Its number in our queue, from 1; absent in little-loops' own, which goes by time alone (PROTOCOLS 1.5). */
  readonly ticket?: number;
  /** Who would hold the lock. */
  readonly holder: Holder;
  readonly scope: Scope;
  readonly mode: Mode;
  readonly since: number | undefined;
  readonly reason?: string;
  readonly session?: string;
  /** Of the waiting process; a waiter that is stale waits no more. */
  readonly verdict: Verdict;
  readonly verdictReason: VerdictReason;
  readonly evidence: readonly Evidence[];
  readonly mine: boolean;
  readonly sameUser: boolean;
  /** It could have taken its lock for a second and did not, as a stopped process does; others pass it over until it runs. */
  readonly idle: boolean;
  /** The waiting process and its ancestors, nearest first; empty where they are another container's. */
  readonly lineage: readonly number[];
  /** Absolute path of the ticket. */
  readonly file: string;
}
