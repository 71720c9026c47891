import type { Waiter, WaiterId } from '../../core/waiter.ts';

/** A waiter that could take its lock for so long and does not is stopped, and is passed over (DESIGN 6.1, Queue). */
const idleAfterMs = 1_000;

/** Since when each waiter ahead could have gone, by the monotonic clock of the port, in milliseconds. */
export class IdleWatch {
  readonly #freeSince = new Map<WaiterId, number>();

  /** Takes note of who could go now; true where one that could go before has got on, so the queue is moving. */
  see(free: readonly Waiter[], now: number): boolean {
    const current = new Set(free.map(({ id }) => id));
    let someMovedOn = false;
    for (const id of [...this.#freeSince.keys()]) {
      if (current.has(id)) continue;
      this.#freeSince.delete(id);
      someMovedOn = true;
    }
    for (const id of current) if (!this.#freeSince.has(id)) this.#freeSince.set(id, now);
    return someMovedOn;
  }

  overdue(now: number): ReadonlySet<WaiterId> {
    return new Set([...this.#freeSince].filter(([, since]) => now - since >= idleAfterMs).map(([id]) => id));
  }

  /** When the next of them will be overdue; `Infinity` where none could go. */
  nextOverdue(): number {
    return Math.min(Infinity, ...[...this.#freeSince.values()].map((since) => since + idleAfterMs));
  }
}
