/** What a keeper and the process that started it tell each other, structured clones over Node.js' IPC channel. */
import type { ErrorCode } from '../../core/errors.ts';
import type { LockId, Mode, Token } from '../../core/lock.ts';
import type { Scope } from '../../core/scope/entry.ts';
import type { Conflict, LossCause } from '../../protocols/protocol.ts';
import type { RetryOptions } from '../retry.ts';

/** The keeper's only command-line argument, as JSON. */
export interface KeeperOptions {
  readonly root: string;
  readonly session: string;
  readonly bound: Bound;
}

/** Whose life ends the locks. */
export type Bound =
  /** The process on the other end of the channel; a successor of the same window may take the locks over. */
  | { readonly kind: 'window' }
  /** One lock, which ends with its own TTL, or with a process that somebody named; whichever is first. */
  | { readonly kind: 'one-lock'; readonly process?: BoundProcess }
  /** A process whose locks come one by one, from short-lived processes that ask at the keeper's door (`door.ts`). */
  | { readonly kind: 'session'; readonly process: BoundProcess; readonly door: string };

export interface BoundProcess {
  readonly pid: number;
  readonly startTime?: string;
}

export interface KeptLock {
  readonly id: LockId;
  readonly token: Token;
  readonly scope: Scope;
  readonly mode: Mode;
  readonly file: string;
}

export interface AcquireCall {
  readonly kind: 'acquire';
  readonly scope: Scope;
  readonly mode: Mode;
  readonly holder: string;
  readonly tool: string;
  readonly reason?: string;
  readonly ttlMs?: number;
  readonly waitMs?: number;
  readonly retry?: RetryOptions;
}

export type Call =
  | AcquireCall
  /** Ends the wait of an earlier request. */
  | { readonly kind: 'cancel'; readonly sequence: number }
  /** The lock is known to whoever asked for it; until then the end of the channel gives it back. */
  | { readonly kind: 'keep' }
  | { readonly kind: 'release'; readonly id: LockId }
  | { readonly kind: 'take-over'; readonly id: LockId };

export interface Request {
  readonly sequence: number;
  readonly call: Call;
}

export type Answer =
  | { readonly kind: 'acquired'; readonly lock: KeptLock }
  | Conflict
  | { readonly kind: 'done' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string; readonly hint: string };

export type KeeperMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly sequence: number; readonly answer: Answer }
  /** What a request that waits is waiting for. */
  | { readonly kind: 'waiting'; readonly sequence: number; readonly conflict: Conflict }
  | { readonly kind: 'lost'; readonly id: LockId; readonly cause: LossCause };
