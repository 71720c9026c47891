/** The public library: `import { openLocks } from 'workspace-locks'`. */
export { openLocks, LockManager } from './lockManager.ts';
export type { AcquireOptions, AcquireOutcome, OpenOptions } from './lockManager.ts';
export { startHeartbeat } from './heartbeat.ts';
export type { HeldLock } from './heldLock.ts';
export type { RetryOptions } from './retry.ts';
export type { ScopePart } from './scopeParts.ts';
export { LockError } from '../core/errors.ts';
export type { ErrorCode } from '../core/errors.ts';
export { ScopeError } from '../core/scope/scopeError.ts';
export type { Holder, Lock, LockId, Mode, ProtocolId, Token } from '../core/lock.ts';
export type { Evidence, Verdict, VerdictReason } from '../core/verdict.ts';
export type { Scope, ScopeEntry } from '../core/scope/entry.ts';
export type { Deadlock, DeadlockMember } from '../core/deadlock.ts';
export type { JournalLine } from '../core/journal.ts';
export type { Waiter, WaiterId } from '../core/waiter.ts';
export type { Wait } from '../core/waiting.ts';
export type { LockConflict, Snapshot, SnapshotDiff } from '../core/snapshot.ts';
export type { Conflict, LossCause } from '../protocols/protocol.ts';
