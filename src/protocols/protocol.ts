/**
 * Start here: the contract of every lock format (DESIGN 6). What a caller must handle is a value (`Conflict`, `Lost`),
 * what he cannot is an exception (`LockError`).
 */
import type { Deadlock } from '../core/deadlock.ts';
import type { Lock, LockId, Mode, ProtocolId, Token } from '../core/lock.ts';
import type { Scope } from '../core/scope/entry.ts';
import type { Waiter } from '../core/waiter.ts';
import type { Steps } from '../os/os.ts';

/** Yes, or no with a sentence why. */
export type Can = true | string;

export type Capabilities = Readonly<Record<'acquire' | 'renew' | 'wait' | 'reap' | 'forceRelease', Can>>;

export interface AcquireRequest {
  readonly scope: Scope;
  readonly mode: Mode;
  readonly holderName: string;
  /** Locks of one session are each other's `mine`. */
  readonly session: string;
  readonly tool: string;
  readonly reason?: string;
  /** Milliseconds after which the holder gives the lock back by itself. */
  readonly ttlMs?: number;
  /** This process is a keeper, which holds the lock for somebody of the same session. */
  readonly isKeeper?: true;
  /** Wait in the queue for so many milliseconds at most, or `Infinity`; without it, one try. */
  readonly waitMs?: number;
  /**
   * The lock of the `loops` store that this one stands for in another tool's files (DESIGN 7).
   * @internal
   */
  readonly standsFor?: StandsFor;
}

/** @internal */
export interface StandsFor {
  readonly id: LockId;
  /** Another process of ours still has it, and hands it over. */
  readonly isHandedOver?: true;
  /**
   * Locks of ours that live at the moment of the question. The gate has let them in beside this one, so their records
   * elsewhere are no obstacle. Each of them was published before its records elsewhere were, and goes after them: so a
   * record that was read before the question, and stands for none of these, was left by the dead.
   */
  readonly living: () => Steps<readonly Lock[]>;
}

/** A lock that this process holds. */
export interface HeldAnywhere {
  readonly id: LockId;
  readonly protocol: ProtocolId;
  readonly scope: Scope;
  readonly mode: Mode;
  readonly holderName: string;
  readonly session: string;
  readonly acquiredAt: number;
  readonly expiresAt?: number;
}

/** In the `loops` store: what release and renew need to find just that record again. */
export interface Held extends HeldAnywhere {
  readonly token: Token;
  /** Absolute path of the record now; a renewal publishes under a fresh name. */
  readonly file: string;
  /** Earlier records of it that could not be deleted when it was renewed. They block like it, and go with it. */
  readonly superseded?: readonly string[];
  readonly revision: number;
}

/** In another tool's files, one or several, or in a cluster. */
export interface HeldElsewhere extends HeldAnywhere {
  readonly files: readonly string[];
  /** Of the cluster; goes before the one of the `loops` store, which counts for one machine only. */
  readonly token?: Token;
}

export type Acquired<H extends HeldAnywhere = Held> = { readonly kind: 'acquired'; readonly held: H };
/** Names every blocking lock, or where none blocks, the waiters that have to be let go first. */
export interface Conflict {
  readonly kind: 'conflict';
  readonly locks: readonly Lock[];
  readonly waiters: readonly Waiter[];
  /** The request would wait, or has waited, in a circle. */
  readonly deadlock?: Deadlock;
  /** It has waited as long as it wanted to. */
  readonly timedOut: boolean;
}
export type Renewed<H extends HeldAnywhere = Held> = { readonly kind: 'renewed'; readonly held: H };
/** The record was removed by somebody else. */
export type Lost = { readonly kind: 'lost'; readonly cause: LossCause };
export type Reaped = { readonly kind: 'reaped'; readonly lock: Lock };
export type StillLive = { readonly kind: 'still-live'; readonly lock: Lock };
export type Gone = { readonly kind: 'gone' };
export type Released = { readonly kind: 'released'; readonly lock: Lock };
/** The lock is no longer the one that was looked at; nothing was deleted. */
export type Changed = { readonly kind: 'changed'; readonly lock: Lock };

/** Who removed a lock, as far as the journal knows. */
export type LossCause =
  | {
      readonly kind: 'removed';
      readonly event: 'released' | 'forced' | 'reaped' | 'transferred';
      readonly by: string;
      readonly at: number;
    }
  /** The process that held it for a window has died; its record is stale now. */
  | { readonly kind: 'keeper-died'; readonly pid: number }
  /** Its TTL was over; the holder has given it back. */
  | { readonly kind: 'expired' }
  /** Another tool has taken, or somebody has deleted, what stood for it there. */
  | { readonly kind: 'lost-elsewhere'; readonly protocol: ProtocolId }
  /** The cluster was not reached for so long that it may have given the lock to others. */
  | { readonly kind: 'lease-over'; readonly protocol: ProtocolId }
  | { readonly kind: 'unexplained' };

export interface Disposable {
  dispose(): void;
}

export interface LockProtocol<H extends HeldAnywhere = Held> {
  readonly id: ProtocolId;
  readonly can: Capabilities;
  /** Read-only: never deletes, creates nothing, probes nothing that others could trip over. */
  list(): Promise<Listing>;
  /** Calls back after something may have changed; the caller reads again. */
  watch(onChange: () => void): Disposable;
  /**
   * Leaves nothing on disk where it returns a conflict, but for stale records that it cleared away. Where the request
   * waits, `onBlocked` is told what for, at first and after each change.
   * @throws LockError `not-supported` with the sentence of `can`
   */
  acquire(
    request: AcquireRequest,
    signal: AbortSignal,
    onBlocked?: (conflict: Conflict) => void,
  ): Promise<Acquired<H> | Conflict>;
  /** Never recreates a record that is gone. */
  renew(held: H, ttlMs: number | undefined): Promise<Renewed<H> | Lost>;
  /** Idempotent; deletes only what is still its own. */
  release(held: H): Promise<void>;
  /** Deletes after proving again, inside the gate where there is one, that the lock is stale. */
  reap(lock: Lock): Promise<Reaped | StillLive | Gone>;
  /** Deletes this very lock, stale or not; the caller has a confirmation. */
  forceRelease(lock: Lock, by: RemovalReason): Promise<Released | Changed | Gone>;
  /** Why a held lock's record is gone; undefined while it is there. */
  lossOf(held: H): Promise<LossCause | undefined>;
}

/** Something about how a tool works here, for `doctor`. */
export interface Remark {
  readonly level: 'ok' | 'note' | 'problem';
  readonly text: string;
  /** What to do. */
  readonly hint?: string;
}

/** Another tool's locks: shown, obeyed, and taken beside our own as far as its habits allow (PROTOCOLS 2 to 4). */
export interface ToolProtocol extends LockProtocol<HeldElsewhere> {
  /** Whether the tool is at work here, or near what somebody is about to ask for. Looks only; what it found, it remembers. */
  isPresent(scope?: Scope): Promise<boolean>;
  /**
   * False: certainly not, by a look that loads nothing. Without it, `isPresent` has to be asked.
   * @internal
   */
  mayBePresent?(scope?: Scope): Steps<boolean>;
  /** Where it keeps its locks, and what of its set-up people should know. Looks only. */
  describe(): Promise<readonly Remark[]>;
  /** Another process of ours has taken the lock over: leaves what that one shares, gives back what it has to take anew. */
  abandon(held: HeldElsewhere): Promise<void>;
  /** Those through which the kernel knows that it is held: a child that inherits them keeps it, too. */
  descriptors?(held: HeldElsewhere): readonly number[];
  /** Whether any of this scope can be said in the tool's own words. Goes by the last look at where it works. */
  concerns(scope: Scope): boolean;
  /** What our own clocks say of a held lock, without asking anybody; `lossOf` says at least as much. */
  lossNow?(held: HeldElsewhere): LossCause | undefined;
  /**
   * Where many machines share it, so that it is no other tool, but the same locks: it is always taken, for shared locks
   * too, and machines wait in one line there.
   */
  readonly line?: Line | undefined;
  /** Gives back what is left, and its connections. */
  close?(): Promise<void>;
}

/** What somebody asks for, or may ask for. */
export interface ClusterClaim {
  readonly scope: Scope;
  readonly mode: Mode;
  /** Of the request, once it has a place in the line. */
  readonly id?: LockId;
}

/** What is in the way of a claim. */
export interface Obstacles {
  readonly locks: readonly Lock[];
  /** Who came first; asked for only where no lock is in the way. */
  readonly waiters: readonly Waiter[];
}

/** Where machines wait for each other. Those of one store wait in its own queue; only its first stands here. */
export interface Line {
  /** Of other stores. */
  obstacles(claim: ClusterClaim): Promise<Obstacles>;
  /** Takes a place; twice is fine. */
  enter(request: AcquireRequest, id: LockId): Promise<void>;
  /** Gives it up; twice is fine. */
  leave(id: LockId): Promise<void>;
}

/** Everything that stands in a store at one moment. */
export interface Listing {
  readonly locks: readonly Lock[];
  readonly waiters: readonly Waiter[];
}

/** `released`: with the lock's own session or token; `forced`: by somebody who decided over the holder's head. */
export type RemovalReason = 'released' | 'forced';
