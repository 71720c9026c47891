/** A program of somebody else's: every name that the package exports, in use. Only compiled. */
import {
  acquireOrThrow,
  compareTokens,
  ConflictError,
  LockError,
  LostError,
  openLocks,
  ScopeError,
  startHeartbeat,
  verifyLock,
  type AcquireOptions,
  type AcquireOutcome,
  type Conflict,
  type ErrorCode,
  type HeldLock,
  type Lock,
  type LockManager,
  type LossCause,
  type ScopeErrorCode,
  type Snapshot,
  type SnapshotDiff,
  type Verification,
} from 'workspace-locks';

export async function all(signal: AbortSignal): Promise<void> {
  await using locks: LockManager = await openLocks({ root: '.', session: 'mine', environment: {} });
  const request: AcquireOptions = {
    scope: ['src', { as: 'glob', text: '**/*.ts' }],
    holder: 'loop',
    waitMs: 1_000,
    signal,
  };
  const outcome: AcquireOutcome = await locks.acquire(request);
  if (!outcome.ok) return print(namesIn(outcome.conflict));
  await using held: HeldLock = outcome.held;
  const beat = startHeartbeat(held, 60_000);
  held.lost.addEventListener('abort', () => print(causeOf(held.lost)));
  const verification: Verification = await verifyLock(locks, held.id, held.token);
  if (!verification.held && verification.why === 'gone') print(verification.cause.kind);
  if (compareTokens(held.token, 'loops:1') < 0) print('late');
  const told = locks.onDidChange((diff: SnapshotDiff) => print(String(diff.added.length)));
  const snapshot: Snapshot = await locks.refresh();
  const covering: readonly Lock[] = snapshot.index.covering('/src/a.ts');
  for (const lock of covering) print(`${lock.holder.name}: ${lock.verdict}`);
  const [first] = snapshot.locks;
  if (first && (await locks.reap(first)).kind === 'still-live') await locks.forceRelease(first);
  told.dispose();
  beat.dispose();
  await held.renew(1_000);
}

export async function inOneLine(locks: LockManager): Promise<string> {
  try {
    await using held = await acquireOrThrow(locks, { scope: ['src'], holder: 'loop', mode: 'shared' });
    return held.token;
  } catch (error) {
    if (error instanceof ConflictError) return namesIn(error.conflict);
    if (error instanceof LostError) return error.cause.kind;
    if (error instanceof LockError) return codeOf(error.code) + error.hint;
    if (error instanceof ScopeError) return codeOf(error.code) + error.hint;
    throw error;
  }
}

const codeOf = (code: ErrorCode | ScopeErrorCode): string => code;
const namesIn = ({ locks, waiters }: Conflict): string =>
  [...locks, ...waiters].map(({ holder }) => holder.name).join();

function causeOf({ reason }: AbortSignal): string {
  if (!(reason instanceof LostError)) return '';
  const cause: LossCause = reason.cause;
  return cause.kind === 'removed' ? cause.by : cause.kind;
}

declare function print(text: string): void;
