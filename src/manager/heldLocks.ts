import type { StoreChange } from '../protocols/loops/loops.ts';
import type { Disposable } from '../protocols/protocol.ts';
import type { HeldLock } from './heldLock.ts';

/** A safety net below the file events: a holder whose record vanished is told within a second (DESIGN 6.1, rule 4). */
const lossCheckMs = 900;

/** Most locks are given back before it: for them, making watchers would cost more than the lock itself. */
const watchAfterMs = 200;

/**
 * The locks that this process holds, and one watch that tells each when it is lost: from 200 ms on after the first was taken,
 * with a look at what happened before. Idle while there are none.
 */
export class HeldLocks {
  readonly #watchStores: (onChange: (change?: StoreChange) => void) => Disposable;
  readonly #held = new Set<HeldLock>();
  #watch: Disposable | undefined;

  constructor(watchStores: (onChange: (change?: StoreChange) => void) => Disposable) {
    this.#watchStores = watchStores;
  }

  add(held: HeldLock): void {
    this.#held.add(held);
    held.onDidEnd(() => this.#delete(held));
    this.#watch ??= this.#startWatching();
  }

  async releaseAll(): Promise<void> {
    const outcomes = await Promise.allSettled([...this.#held].map((held) => held.release()));
    // One that fails keeps none of the others locked.
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  #delete(held: HeldLock): void {
    this.#held.delete(held);
    if (this.#held.size > 0) return;
    this.#watch?.dispose();
    this.#watch = undefined;
  }

  #startWatching(): Disposable {
    const check = (change: StoreChange = 'anything'): void => {
      for (const held of this.#held) {
        // A process may hold thousands, and most events are about others' locks.
        if (typeof change === 'object' && !held.file.endsWith(change.name)) continue;
        held.check().catch(() => undefined); // an unreadable store is no proof of loss; the next check looks again
      }
    };
    let watch: Disposable | undefined;
    let timer: NodeJS.Timeout | undefined;
    const start = setTimeout(() => {
      watch = this.#watchStores(check);
      timer = setInterval(() => check(), lossCheckMs);
      timer.unref();
      check(); // for what happened before anybody watched
    }, watchAfterMs);
    start.unref();
    return {
      dispose() {
        clearTimeout(start);
        clearInterval(timer);
        watch?.dispose();
      },
    };
  }
}
