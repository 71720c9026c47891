/** The public library: `import { openLocks } from 'workspace-locks'`. Each call: docs/library.md. */
/// <reference lib="esnext.disposable" preserve="true" />
export { openLocks } from './lockManager.ts';
export type { AcquireOptions, AcquireOutcome, LockManager, OpenOptions } from './lockManager.ts';
export { acquireOrThrow } from './acquireOrThrow.ts';
export { ConflictError } from './conflictError.ts';
export { LostError } from './lostError.ts';
export { startHeartbeat } from './heartbeat.ts';
export type { HeldLock } from './heldLock.ts';
export type { LoopsDirectory } from './loopsDirectory.ts';
export type { RetryOptions } from './retry.ts';
export type { Root } from './root.ts';
export type { ScopePart } from './scopeParts.ts';
export { verifyLock } from './verify.ts';
export type { Verification } from './verify.ts';
export type { Subscription } from '../core/emitter.ts';
export { LockError } from '../core/errors.ts';
export type { ErrorCode } from '../core/errors.ts';
export type { Hint } from '../core/hints.ts';
export { ScopeError } from '../core/scope/scopeError.ts';
export type { ScopeErrorCode } from '../core/scope/scopeError.ts';
export { compareTokens } from '../core/token.ts';
export type { Activity, Holder, Lock, LockId, Mode, Projection, ProtocolId, Token } from '../core/lock.ts';
export type { Evidence, Verdict, VerdictReason } from '../core/verdict.ts';
export type { Scope, ScopeEntry } from '../core/scope/entry.ts';
export type { ScopeIndex } from '../core/scope/scopeIndex.ts';
export type { Deadlock, DeadlockMember } from '../core/deadlock.ts';
export type { JournalEvent, JournalLine } from '../core/journal.ts';
export type { Waiter, WaiterId } from '../core/waiter.ts';
export type { Wait } from '../core/waiting.ts';
export type { Difference, LockConflict, Snapshot, SnapshotDiff } from '../core/snapshot.ts';
export type {
  Changed,
  Conflict,
  Gone,
  LossCause,
  Reaped,
  Released,
  RemovalReason,
  StillLive,
} from '../protocols/protocol.ts';
