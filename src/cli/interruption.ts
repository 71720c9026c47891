import * as os from 'node:os';
import { LockError } from '../core/errors.ts';
import type { ExitCode } from './context.ts';

/** USR1 too: without a listener Node.js opens its debugger to whoever can reach this machine's ports. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * Takes every signal that would end us, from its making to its disposal, so that at no moment between can one of them
 * kill us with a lock in hand. A signal aborts `signal`, until `passTo` gives them to somebody else.
 */
export class Interruption implements Disposable {
  readonly #cancel = new AbortController();
  #exitCode: ExitCode | undefined;
  #receive = (signal: NodeJS.Signals): void => {
    this.#exitCode ??= 128 + os.constants.signals[signal];
    this.#cancel.abort();
  };
  readonly #handle = (signal: NodeJS.Signals): void => this.#receive(signal);

  constructor() {
    for (const signal of signals) process.on(signal, this.#handle);
  }

  get signal(): AbortSignal {
    return this.#cancel.signal;
  }

  /** What a shell expects of a program that a signal ended, 128 + its number; undefined where none has come. */
  get exitCode(): ExitCode | undefined {
    return this.#exitCode;
  }

  /** From now on, signals go there and end nothing here. */
  passTo(receive: (signal: NodeJS.Signals) => void): void {
    this.#receive = receive;
  }

  [Symbol.dispose](): void {
    for (const signal of signals) process.off(signal, this.#handle);
  }
}

/**
 * Runs something that may wait for long. A signal that would end us ends the wait instead, so that it leaves the queue,
 * and its exit code is the result: also where the wait had just come to its end, so the caller must hold nothing by then
 * that does not end with us.
 */
export async function interruptible<T>(wait: (signal: AbortSignal) => Promise<T>): Promise<T | ExitCode> {
  using interruption = new Interruption();
  try {
    const result = await wait(interruption.signal);
    return interruption.exitCode ?? result;
  } catch (error) {
    if (interruption.exitCode !== undefined && isCancelled(error)) return interruption.exitCode;
    throw error;
  }
}

export function isCancelled(error: unknown): boolean {
  return error instanceof LockError && error.code === 'cancelled';
}
