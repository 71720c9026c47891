import { sys, type Steps } from '../../os/os.ts';
import type { Pending } from './attempt.ts';
import { describeRequest, writeJournal } from './journal.ts';
import type { Observer } from './observe.ts';

/** Somebody who tries in a tight loop must not push everything else out of the journal. */
const quietMs = 1_000;

/** Writes refusals into the journal: the first at once, then those of a second in one line. */
export class Refusals {
  #quietUntil = -Infinity;
  #untold = 0;

  *note({ request, id }: Pending, waitedMs: number, { layout, identity }: Observer): Steps<void> {
    this.#untold++;
    const now = yield* sys('monotonic');
    const waited = request.waitMs !== undefined;
    if (now < this.#quietUntil && !waited) return;
    this.#quietUntil = now + quietMs;
    const count = this.#untold;
    this.#untold = 0;
    yield* writeJournal(layout, {
      event: 'conflicted',
      id,
      ...describeRequest(request, identity, layout),
      count,
      ...(waited ? { waitedMs, cause: 'timed-out' } : {}),
    });
  }

  /** Somebody ended its wait. */
  *noteCancelled(
    { request, id, isSaidToWait }: Pending,
    waitedMs: number,
    { layout, identity }: Observer,
  ): Steps<void> {
    if (!isSaidToWait) return;
    const what = describeRequest(request, identity, layout);
    yield* writeJournal(layout, { event: 'conflicted', id, ...what, waitedMs, cause: 'cancelled' });
  }
}
