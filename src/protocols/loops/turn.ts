import { sys, type Steps } from '../../os/os.ts';

/** Somebody wakes us when it is our turn; this only bounds one sleep. */
const longestSleepMs = 60_000;

/** One process's changes of a store follow each other: they share the hold, and the gate admits one anyway. */
export class Turn {
  #last: AbortSignal | undefined;

  *take<T>(body: () => Steps<T>): Steps<T> {
    const before = this.#last;
    const done = new AbortController();
    this.#last = done.signal;
    try {
      while (before?.aborted === false) yield* sys('sleep', longestSleepMs, before);
      return yield* body();
    } finally {
      done.abort();
      if (this.#last === done.signal) this.#last = undefined;
    }
  }
}
