/**
 * Start here: the words of the whole product (DESIGN 3 and 4) as types.
 * Everything in `core/` is data and rules: no I/O, no clock, no editor.
 */
import type { Scope } from './scope/entry.ts';
import type { Evidence, Verdict, VerdictReason } from './verdict.ts';

export const protocolIds = ['loops', 'claude-swarm', 'openclaw', 'agentwire', 'declared', 'etcd'] as const;

/** A lock format with its rules. */
export type ProtocolId = (typeof protocolIds)[number];

/** Shared locks do not conflict with each other. */
export type Mode = 'exclusive' | 'shared';

/** Names one lock for its whole life: stable over re-reads, renewals and transfers. */
export type LockId = string & { readonly brand: 'LockId' };

/** A number that only grows within a store, with the store's name: `loops:1763716790275124`. */
export type Token = `${string}:${number}`;

/** Who has a lock. Everything but the name is known only where the record says so. */
export interface Holder {
  readonly name: string;
  readonly pid?: number;
  /** Start time of `pid` in the unit of the recording system; only ever compared for equality. */
  readonly startTime?: string;
  readonly host?: string;
  readonly machineId?: string;
  readonly bootId?: string;
  readonly pidNamespace?: string;
  readonly timeNamespace?: string;
  /** The program that took the lock: `wlock run`, `VS Code`, … */
  readonly tool?: string;
  /** The recorded process is a keeper, which holds the lock for somebody of the same session. */
  readonly isKeeper?: true;
}

/** The same lock in another tool's format, so that this tool obeys it (DESIGN 7). */
export interface Projection {
  readonly protocol: ProtocolId;
  /** Absolute path of the record. */
  readonly file: string;
  /** What it covers in that tool's own words: `src/api/*`, a session's name. */
  readonly covers: string;
  /** In a cluster: counts for all machines, so it goes before the lock's own. */
  readonly token?: Token;
}

/** From a loop's state file, in its own words. */
export interface Activity {
  /** `running`, `interrupted`, … */
  readonly status: string;
  /** Name of the state that it is in. */
  readonly state?: string;
}

/** A tool at work here that does not see a lock of ours. */
export interface Unseen {
  readonly protocol: ProtocolId;
  /** Finishes the sentence "Not seen by claude-swarm: …". */
  readonly because: string;
}

/** One lock as somebody observed it; immutable. Times are epoch milliseconds. */
export interface Lock {
  readonly id: LockId;
  readonly protocol: ProtocolId;
  readonly holder: Holder;
  readonly scope: Scope;
  readonly mode: Mode;
  readonly acquiredAt: number | undefined;
  readonly renewedAt?: number;
  readonly expiresAt?: number;
  /** How long its holder wanted it at the last acquire or renewal, in milliseconds. */
  readonly ttlMs?: number;
  readonly reason?: string;
  readonly token?: Token;
  /** Whose lock it is among the sessions of one machine; see `mine`. */
  readonly session?: string;
  readonly verdict: Verdict;
  readonly verdictReason: VerdictReason;
  readonly evidence: readonly Evidence[];
  /** False marks a record that its own tool cannot see (PROTOCOLS 1.1); for us it counts. */
  readonly enforced: boolean;
  /** The lock's session is this window's, this connection's or `WLOCK_SESSION`'s. */
  readonly mine: boolean;
  /** The record was written by the user who looks at it. */
  readonly sameUser: boolean;
  /** What it covers in its own tool's words, where that is not ours: `src/*.py`, a session's name. */
  readonly ownWords?: string;
  /** The lock of ours for which this one stands in another tool's files; whether that lives is for its store to say. */
  readonly standsFor?: LockId;
  /** What its own tool makes of it that people would not expect: sentences of ours. */
  readonly warnings?: readonly string[];
  /** What a loop is doing, where its state file says so. */
  readonly activity?: Activity;
  readonly projections?: readonly Projection[];
  readonly unseenBy?: readonly Unseen[];
  /** Absolute path of the record. */
  readonly file: string;
  /** Identity of the bytes that were judged; whoever deletes compares it first. */
  readonly fingerprint: string;
}

/** Live and unknown locks block; stale and malformed ones do not (DESIGN 4). */
export function blocks(lock: Pick<Lock, 'verdict'>): boolean {
  return lock.verdict === 'live' || lock.verdict === 'unknown';
}

/** What fences the lock's holder: the cluster's token where it stands in one, else its store's. */
export function fencingToken({ token, projections }: Pick<Lock, 'token' | 'projections'>): Token | undefined {
  return projections?.find((projection) => projection.token !== undefined)?.token ?? token;
}

/** Whether a token was given for this lock. */
export function hasToken(lock: Pick<Lock, 'token' | 'projections'>, token: string): boolean {
  return lock.token === token || fencingToken(lock) === token;
}
