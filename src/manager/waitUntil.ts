import { LockError } from '../core/errors.ts';
import type { Snapshot } from '../core/snapshot.ts';
import type { LockManager } from './lockManager.ts';

/**
 * Watches the manager's snapshots until one satisfies `isDone`, or `timeoutMs` are over: true or false. Takes no place in
 * a queue. @throws LockError `cancelled`, and what `refresh` throws at first
 */
export async function waitUntil(
  manager: LockManager,
  isDone: (snapshot: Snapshot) => boolean,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<boolean> {
  manager.watch();
  if (isDone(await manager.refresh())) return true;
  return await new Promise<boolean>((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      changes.dispose();
      signal.removeEventListener('abort', cancel);
      settle();
    };
    const cancel = (): void =>
      finish(() => reject(new LockError('cancelled', 'The wait was cancelled.', 'Nothing was changed.')));
    const timer = Number.isFinite(timeoutMs)
      ? setTimeout(() => finish(() => resolve(isDone(manager.snapshot))), Math.min(timeoutMs, longestTimerMs))
      : setInterval(() => undefined, longestTimerMs); // keeps the process, whose watchers do not
    const changes = manager.onDidChange(() => {
      if (isDone(manager.snapshot)) finish(() => resolve(true));
    });
    signal.addEventListener('abort', cancel);
    if (signal.aborted) cancel();
    else if (isDone(manager.snapshot)) finish(() => resolve(true)); // it may have changed since the refresh
  });
}

/** What a timer can count, 24 days. */
const longestTimerMs = 2 ** 31 - 1;
