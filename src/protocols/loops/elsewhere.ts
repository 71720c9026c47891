/** Other tools, as a request to our store meets them (DESIGN 7). Asked outside the gate only: nobody waits in it for others. */
import { LockError } from '../../core/errors.ts';
import type { Lock, LockId } from '../../core/lock.ts';
import type { Waiter } from '../../core/waiter.ts';
import { sys, type Steps } from '../../os/os.ts';
import type { Disposable, Held, Obstacles } from '../protocol.ts';

/** `id`: of one that waits. */
export type Claim = Pick<Waiter, 'scope' | 'mode'> & Partial<Pick<Waiter, 'id'>>;

/** `blocked`: nothing is taken; by nobody that could be named where he has gone again meanwhile. */
export type TakingElsewhere = { readonly kind: 'taken' } | ({ readonly kind: 'blocked' } & Obstacles);

export interface Elsewhere {
  /** Whether, as far as the last look knows, a lock has to be taken there too, which may fail. */
  readonly mayRefuse: boolean;
  /**
   * What stops such a claim there.
   * @throws LockError `store-not-readable` and the like where a tool that the claim concerns cannot be asked
   */
  blockersOf(claim: Claim): Steps<Obstacles>;
  /** For a request that is the first of our queue and waits for them: a place in their line, if they have one. */
  enter(id: LockId): Steps<void>;
  /** Its end. Who waits here for others must not keep others waiting there. */
  leave(): Steps<void>;
  /** Takes with them what stands for a lock that has just been published: all or nothing. */
  take(held: Held): Steps<TakingElsewhere>;
  /** Calls back after something may have changed with them. */
  watch(onChange: () => void): Disposable;
}

const nothing: Obstacles = { locks: [], waiters: [] };

/** A workspace with no other tools. */
export const nowhere: Elsewhere = {
  mayRefuse: false,

  *blockersOf() {
    return nothing;
  },

  *enter() {
    return;
  },

  *leave() {
    return;
  },

  *take() {
    return { kind: 'taken' };
  },
  watch: () => ({ dispose: () => undefined }),
};

/** They tell nobody when they let go, and not every change wakes a watcher. */
const lookMs = 1_000;

/** The first pause after a take that failed; the next ones are twice as long each, up to `lookMs`. */
const leastPauseMs = 100;

/** What one request knows of the other tools, over all its tries. */
export class Abroad {
  readonly #elsewhere: Elsewhere;
  readonly #claim: Claim;
  readonly #waits: boolean;
  #inTheWay = nothing;
  #trouble: LockError | undefined;
  #failures = 0;
  #patientUntil = -Infinity;

  constructor(elsewhere: Elsewhere, claim: Claim, waits: boolean) {
    this.#elsewhere = elsewhere;
    this.#claim = claim;
    this.#waits = waits;
  }

  get mayRefuse(): boolean {
    return this.#elsewhere.mayRefuse;
  }

  /** What stood in its way there, at the last look or at the take that failed just now. */
  get inTheWay(): readonly Lock[] {
    return this.#inTheWay.locks;
  }

  get isInTheWay(): boolean {
    return isAny(this.#inTheWay);
  }

  /** Who came first there. */
  get ahead(): readonly Waiter[] {
    return this.#inTheWay.waiters;
  }

  /** Why a tool could not be asked; a request that waits goes on waiting then, as behind a lock that nobody can judge. */
  get trouble(): LockError | undefined {
    return this.#trouble;
  }

  isStopped(now: number): boolean {
    return this.isInTheWay || this.#trouble !== undefined || now < this.#patientUntil;
  }

  /** When it is time to look again, by the monotonic clock of the port. */
  nextLook(now: number): number {
    return now < this.#patientUntil ? this.#patientUntil : now + lookMs;
  }

  /**
   * What a take has just met may be what no look can see: another container's lock, a file that is only being written. So for
   * a while that counts, though the look finds nothing: else the request would publish and take back in a tight loop.
   */
  *look(): Steps<void> {
    try {
      const obstacles = yield* this.#elsewhere.blockersOf(this.#claim);
      const now = yield* sys('monotonic');
      this.#trouble = undefined;
      if (isAny(obstacles)) {
        this.#failures = 0;
        this.#patientUntil = -Infinity; // its going will be seen too
      }
      if (isAny(obstacles) || now >= this.#patientUntil) this.#inTheWay = obstacles;
    } catch (error) {
      if (!this.#waits || !(error instanceof LockError)) throw error;
      this.#trouble = error;
    }
  }

  /**
   * Only who is the first of our queue stands in their line: else two machines could wait for each other's second. He does so
   * also while a lock of ours stops him, which stands there too: whoever comes there meanwhile comes after him.
   */
  *standInLine(id: LockId, place: 'could-go' | 'first' | 'behind'): Steps<void> {
    if (place === 'behind') yield* this.leave();
    else if (this.#waits && (place === 'first' || this.isInTheWay)) yield* this.#enter(id);
  }

  /** Where they cannot be reached now, the next look tries again. */
  *#enter(id: LockId): Steps<void> {
    try {
      yield* this.#elsewhere.enter(id);
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      this.#trouble = error;
    }
  }

  *leave(): Steps<void> {
    yield* this.#elsewhere.leave();
  }

  *take(held: Held): Steps<TakingElsewhere> {
    const taking = yield* this.#tryToTake(held);
    if (taking.kind === 'taken') return taking;
    this.#inTheWay = taking;
    if (!this.#waits) return taking;
    const pauseMs = Math.min(lookMs, leastPauseMs * 2 ** this.#failures++) * (0.5 + (yield* sys('random')));
    this.#patientUntil = (yield* sys('monotonic')) + pauseMs;
    return taking;
  }

  /** What was seen just before may be older than the outage. */
  *#tryToTake(held: Held): Steps<TakingElsewhere> {
    try {
      return yield* this.#elsewhere.take(held);
    } catch (error) {
      if (!this.#waits || !isUnreachable(error)) throw error;
      this.#trouble = error;
      return { kind: 'blocked', ...nothing };
    }
  }

  /** Of waiters that nothing of ours stops, those that nothing of theirs stops either. One that nobody can tell of waits. */
  *free(waiters: readonly Waiter[]): Steps<readonly Waiter[]> {
    const free: Waiter[] = [];
    for (const waiter of waiters) if (yield* this.#isFree(waiter)) free.push(waiter);
    return free;
  }

  *#isFree(waiter: Waiter): Steps<boolean> {
    try {
      return !isAny(yield* this.#elsewhere.blockersOf(waiter));
    } catch (error) {
      if (!(error instanceof LockError)) throw error;
      return false;
    }
  }
}

function isUnreachable(error: unknown): error is LockError {
  return error instanceof LockError && error.code === 'etcd-unreachable';
}

function isAny({ locks, waiters }: Obstacles): boolean {
  return locks.length + waiters.length > 0;
}
