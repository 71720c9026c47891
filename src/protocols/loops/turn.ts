import { sys, type Steps } from '../../os/os.ts';

/** Somebody wakes us when it is our turn; this only bounds one sleep. */
const longestSleepMs = 60_000;

/** One change; who comes next asks to be woken at its end, if anybody does. */
class Change {
  isOver = false;
  #end: AbortController | undefined;

  get end(): AbortSignal {
    this.#end ??= new AbortController();
    return this.#end.signal;
  }

  finish(): void {
    this.isOver = true;
    this.#end?.abort();
  }
}

/** One process's changes of a store follow each other: they share the hold, and the gate admits one anyway. */
export class Turn {
  #last: Change | undefined;

  *take<T>(body: () => Steps<T>): Steps<T> {
    const before = this.#last;
    const change = new Change();
    this.#last = change;
    try {
      while (before?.isOver === false) yield* sys('sleep', longestSleepMs, before.end);
      return yield* body();
    } finally {
      change.finish();
      if (this.#last === change) this.#last = undefined;
    }
  }
}
