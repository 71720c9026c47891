import * as os from 'node:os';
import { LockError } from '../core/errors.ts';
import type { ExitCode } from './context.ts';

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs something that may wait for long. A signal that would end us ends the wait instead, so that it leaves the queue,
 * and gives the exit code that a shell expects: 128 + the signal's number. From its end on, signals mean what they did.
 */
export async function interruptible<T>(wait: (signal: AbortSignal) => Promise<T>): Promise<T | ExitCode> {
  const cancel = new AbortController();
  let code: ExitCode | undefined;
  const handle = (signal: NodeJS.Signals): void => {
    code = 128 + os.constants.signals[signal];
    cancel.abort();
  };
  for (const signal of endings) process.on(signal, handle);
  try {
    return await wait(cancel.signal);
  } catch (error) {
    if (code !== undefined && error instanceof LockError && error.code === 'cancelled') return code;
    throw error;
  } finally {
    for (const signal of endings) process.off(signal, handle);
  }
}
