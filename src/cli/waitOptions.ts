import { InvalidArgumentError, type Command } from 'commander';
import { formatDuration } from '../core/sentences.ts';
import type { Conflict } from '../protocols/protocol.ts';
import type { Context } from './context.ts';
import { parseDuration } from './duration.ts';
import { conflictText } from './lockText.ts';

export interface WaitOptions {
  /** Milliseconds, or true: as long as it takes. */
  readonly wait?: number | true;
  readonly retry?: number;
}

const mostRetries = 1_000_000;

export function addWaitOptions(command: Command): Command {
  return command
    .option('--wait [time]', 'wait in the queue until it is free, for so long at most, such as 5m', parseDuration)
    .option(
      '--retry <times>',
      'try again so often, a little later each time, without a place in the queue',
      parseTimes,
    );
}

function parseTimes(text: string): number {
  const times = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (!(times <= mostRetries)) throw new InvalidArgumentError(`Write a number up to ${mostRetries}.`);
  return times;
}

/** For `manager.acquire`. */
export function waitRequest({ wait, retry }: WaitOptions): { waitMs?: number; retry?: { times: number } } {
  return {
    ...(wait === undefined ? {} : { waitMs: wait === true ? Infinity : wait }),
    ...(retry === undefined ? {} : { retry: { times: retry } }),
  };
}

/** A person who waits for a moment only wants no words about it. */
const quietMs = 400;

/** Tells on stderr what a request waits for, and how long it was; quiet where it was short, or with `--json`. */
export class WaitTalk {
  readonly #context: Context;
  readonly #begunAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #told: Conflict | undefined;
  #isOver = false;

  constructor(context: Context) {
    this.#context = context;
  }

  readonly onWaiting = (conflict: Conflict): void => {
    const { manager, json, streams } = this.#context;
    if (json || this.#isOver || !this.#isNews(conflict)) return;
    clearTimeout(this.#timer);
    const leftMs = this.#begunAt + quietMs - performance.now();
    this.#timer = setTimeout(() => {
      this.#told = conflict;
      streams.err(`Waiting. ${conflictText(conflict, manager.root.path, manager.os.now())}`);
    }, leftMs);
  };

  /**
   * Whether somebody has another lock in the way now, or a deadlock has come up. That others move in the queue is no news:
   * with many waiters each would tell of each.
   */
  #isNews({ locks, deadlock }: Conflict): boolean {
    const told = this.#told;
    if (!told || (deadlock && !told.deadlock)) return true;
    const [first] = told.locks;
    return locks.length > 0 && !locks.some(({ id }) => id === first?.id);
  }

  /** The wait is over; nothing more is said of it. */
  end(): void {
    this.#isOver = true; // a look that is under way may still find somebody
    clearTimeout(this.#timer);
  }

  tellDone(): void {
    if (!this.#told) return;
    this.#context.streams.err(`Got the lock after ${formatDuration(performance.now() - this.#begunAt)}.\n`);
  }
}
