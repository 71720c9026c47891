import { LockError } from '../core/errors.ts';
import type { LockManager } from './lockManager.ts';

/**
 * Watches the manager's snapshots until `isDone` is content with one, or `timeoutMs` are over: true or false. Takes no place in
 * a queue. @throws LockError `cancelled`, and what `refresh` throws at first
 */
export async function waitUntil(
  manager: LockManager,
  isDone: () => boolean | Promise<boolean>,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<boolean> {
  manager.watch();
  await manager.refresh();
  if (await isDone()) return true;
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
      ? setTimeout(() => finish(() => resolve(isDone())), Math.min(timeoutMs, longestTimerMs))
      : setInterval(() => undefined, longestTimerMs); // keeps the process, whose watchers do not
    const look = async (): Promise<void> => {
      if (await isDone()) finish(() => resolve(true));
    };
    const lookNow = (): void => {
      look().catch((error: unknown) => finish(() => reject(error instanceof Error ? error : new Error(String(error)))));
    };
    const changes = manager.onDidChange(lookNow);
    signal.addEventListener('abort', cancel);
    if (signal.aborted) cancel();
    else lookNow(); // it may have changed since the refresh
  });
}

/** What a timer can count, 24 days. */
const longestTimerMs = 2 ** 31 - 1;
