/** One lock for all (DESIGN 7): taken in the `loops` store and in every tool's files, all or nothing; and given back so. */
import { blocks, type Lock } from '../../core/lock.ts';
import { RingingBell } from '../../protocols/loops/bell.ts';
import type { LoopsProtocol } from '../../protocols/loops/loops.ts';
import type {
  AcquireRequest,
  Changed,
  Conflict,
  Gone,
  Held,
  LockProtocol,
  Reaped,
  Released,
  RemovalReason,
  StillLive,
} from '../../protocols/protocol.ts';
import { Beside } from './beside.ts';
import { pauseFor, remainingMs } from './patience.ts';
import type { ToolSet } from './toolSet.ts';

export type Taken = { readonly kind: 'acquired'; readonly held: Held; readonly beside: Beside | undefined };

/** Tools tell nobody when they let go, and not every change wakes a watcher. */
const lookAgainMs = 1_000;
const leastPauseMs = 100;

export class OneLock {
  readonly #loops: LoopsProtocol;
  readonly #tools: ToolSet;
  readonly #isForAll: boolean;

  constructor(loops: LoopsProtocol, tools: ToolSet, isForAll: boolean) {
    this.#loops = loops;
    this.#tools = tools;
    this.#isForAll = isForAll;
  }

  /**
   * First a look at what other tools hold, which changes nothing; then our own store, whose gate orders all of us; then
   * the others again, in their one order. Whoever is in the way there lets us give all back and, where the request waits,
   * begin again: nobody holds one while he waits for another.
   */
  async acquire(
    request: AcquireRequest,
    signal: AbortSignal,
    onBlocked: (conflict: Conflict) => void = () => undefined,
  ): Promise<Taken | Conflict> {
    const until = performance.now() + (request.waitMs ?? 0);
    let bell: RingingBell | undefined;
    try {
      for (;;) {
        const change = bell?.next();
        const outcome = await this.#tryAll(request, until, signal, onBlocked);
        if (outcome.kind === 'acquired') return outcome;
        if (outcome.by === 'loops') return outcome.conflict;
        const leftMs = remainingMs(request.waitMs, until);
        if (leftMs <= 0) return { ...outcome.conflict, timedOut: request.waitMs !== undefined };
        onBlocked(outcome.conflict);
        // What was tried and given back has itself changed folders that are watched.
        await pauseFor(Math.min(leftMs, leastPauseMs), undefined, signal);
        await pauseFor(Math.min(remainingMs(request.waitMs, until), lookAgainMs), change, signal);
        bell ??= this.#openBell();
      }
    } finally {
      bell?.dispose();
    }
  }

  /** Rings when something changes at another tool. */
  #openBell(): RingingBell {
    return new RingingBell((ring) => {
      const watch = this.#tools.watch(ring);
      return () => watch.dispose();
    });
  }

  /** After a transfer: what stands for the lock elsewhere is taken over too, at once or as soon as it is let go. */
  async takeOver(held: Held): Promise<Beside | undefined> {
    const { id, scope, mode, holderName, session } = held;
    const present = await this.#tools.present();
    if (!this.#isForAll || mode === 'shared' || present.length === 0) return undefined;
    const living = (await this.#loops.list()).locks.filter((lock) => blocks(lock) && lock.id !== id);
    const request: AcquireRequest = { scope, mode, holderName, session, tool: 'transfer', standsFor: { id, living } };
    return await Beside.takeOver(present, request);
  }

  async reap(lock: Lock): Promise<Reaped | StillLive | Gone> {
    if (lock.verdictReason === 'owner-gone') {
      const { locks } = await this.#loops.list();
      const owner = locks.find(({ id }) => id === lock.standsFor);
      if (owner && blocks(owner)) return { kind: 'still-live', lock: owner };
    }
    const outcome = await this.#protocolOf(lock).reap(lock);
    if (outcome.kind === 'reaped') await this.#removeProjections(lock);
    return outcome;
  }

  async forceRelease(lock: Lock, why: RemovalReason): Promise<Released | Changed | Gone> {
    const outcome = await this.#protocolOf(lock).forceRelease(lock, why);
    if (outcome.kind === 'released') await this.#removeProjections(lock);
    return outcome;
  }

  async #acquireHere(
    request: AcquireRequest,
    signal: AbortSignal,
    onBlocked: (conflict: Conflict) => void,
  ): Promise<Taken | Conflict> {
    const outcome = await this.#loops.acquire(request, signal, onBlocked);
    return outcome.kind === 'acquired' ? { ...outcome, beside: undefined } : outcome;
  }

  async #tryAll(
    request: AcquireRequest,
    until: number,
    signal: AbortSignal,
    onBlocked: (conflict: Conflict) => void,
  ): Promise<Taken | { readonly kind: 'blocked'; readonly by: 'loops' | 'tools'; readonly conflict: Conflict }> {
    const inTheWay = await this.#blockersOf(request);
    if (inTheWay.length > 0) return { kind: 'blocked', by: 'tools', conflict: conflictWith(inTheWay) };
    const leftMs = remainingMs(request.waitMs, until);
    const outcome = await this.#acquireHere(
      request.waitMs === undefined ? request : { ...request, waitMs: Math.max(0, leftMs) },
      signal,
      onBlocked,
    );
    if (outcome.kind === 'conflict') return { kind: 'blocked', by: 'loops', conflict: outcome };
    let beside: Beside | Conflict | undefined;
    try {
      beside = await this.#takeBeside(request, outcome.held);
    } catch (error) {
      await this.#loops.release(outcome.held);
      throw error;
    }
    if (!(beside instanceof Beside) && beside !== undefined) {
      await this.#loops.release(outcome.held);
      return { kind: 'blocked', by: 'tools', conflict: beside };
    }
    return { ...outcome, beside };
  }

  /** Undefined where nothing has to be taken. What it finds in the way, it looks for again as `blockersOf` does. */
  async #takeBeside(request: AcquireRequest, held: Held): Promise<Beside | Conflict | undefined> {
    // Asked anew: a tool may have come while the request waited.
    const present = await this.#tools.present();
    if (present.length === 0) return undefined;
    const inTheWay = await this.#blockersOf(request);
    if (inTheWay.length > 0) return conflictWith(inTheWay);
    if (!this.#isTakenBeside(request)) return undefined;
    const living = (await this.#loops.list()).locks.filter((lock) => blocks(lock) && lock.id !== held.id);
    return await Beside.take(present, { ...request, standsFor: { id: held.id, living } });
  }

  /**
   * Where the kernel's locks are hidden from us, a look cannot tell a file that was left from one that is held. Whoever takes
   * the lock is told by the kernel itself.
   */
  async #blockersOf(request: AcquireRequest): Promise<readonly Lock[]> {
    if ((await this.#tools.present()).length === 0) return [];
    const living = (await this.#loops.list()).locks.filter(blocks);
    const blockers = await this.#tools.blockersOf(request.scope, living);
    if (!this.#isTakenBeside(request)) return blockers;
    const isTried = ({ protocol }: Lock): boolean => this.#tools.find(protocol)?.concerns(request.scope) ?? false;
    return blockers.filter((lock) => lock.verdictReason !== 'lock-hidden' || !isTried(lock));
  }

  #isTakenBeside({ mode }: AcquireRequest): boolean {
    return this.#isForAll && mode !== 'shared';
  }

  #protocolOf(lock: Lock): Pick<LockProtocol, 'reap' | 'forceRelease'> {
    return this.#tools.find(lock.protocol) ?? this.#loops;
  }

  /** What stood for a lock that is gone now; its tool would obey it for some minutes more. */
  async #removeProjections({ id }: Lock): Promise<void> {
    for (const lock of (await this.#tools.list()).locks) {
      if (lock.standsFor === id) await this.#tools.find(lock.protocol)?.reap({ ...lock, verdictReason: 'owner-gone' });
    }
  }
}

function conflictWith(locks: readonly Lock[]): Conflict {
  return { kind: 'conflict', locks, waiters: [], timedOut: false };
}
