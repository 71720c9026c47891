/** The embedded default store: little-loops' running directory, spoken so that little-loops obeys and is obeyed. */
import { LockError } from '../../core/errors.ts';
import type { Lock, LockId } from '../../core/lock.ts';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { drive, sys, type Os, type Steps } from '../../os/os.ts';
import { DirectoryWatch } from '../../os/watching.ts';
import type {
  AcquireRequest,
  Acquired,
  Capabilities,
  Changed,
  Conflict,
  Disposable,
  Gone,
  Held,
  LockProtocol,
  LossCause,
  Lost,
  Reaped,
  Released,
  RemovalReason,
  Renewed,
  StillLive,
} from '../protocol.ts';
import { acquireOnce, type HoldSlot } from './acquire.ts';
import { dropHold } from './hold.ts';
import { lastEventOf } from './journal.ts';
import type { StoreLayout } from './layout.ts';
import { endOf, lossOf } from './loss.ts';
import { observe, type Observer } from './observe.ts';
import { forceRelease, reap, releaseOwn } from './remove.ts';
import { republish } from './renew.ts';
import { scanStore, type Scan } from './scan.ts';

/** A directory that was replaced under its watcher is noticed by then, at the cost of one stat. */
const rearmMs = 2_000;

export class LoopsProtocol implements LockProtocol {
  readonly id = 'loops';
  readonly can: Capabilities = {
    acquire: true,
    renew: true,
    wait: 'Waiting is not built yet.',
    reap: true,
    forceRelease: true,
  };
  readonly layout: StoreLayout;
  readonly #os: Os;
  readonly #observer: Observer;
  readonly #slot: HoldSlot = { hold: undefined, swept: false };
  /** Acquires and renewals of one process follow each other: they share the hold, and the gate admits one anyway. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(os: Os, layout: StoreLayout, sessions: ReadonlySet<string>, caseRule: CaseRule) {
    this.#os = os;
    this.layout = layout;
    this.#observer = { layout, identity: os.identity(), sessions, caseRule };
  }

  list(): Promise<readonly Lock[]> {
    return this.#run(listLocks(this.#observer));
  }

  watch(onChange: () => void): Disposable {
    const watch = new DirectoryWatch(this.layout.running, onChange);
    const timer = setInterval(() => watch.rearm(), rearmMs);
    timer.unref();
    return {
      dispose() {
        clearInterval(timer);
        watch.dispose();
      },
    };
  }

  acquire(request: AcquireRequest, signal: AbortSignal): Promise<Acquired | Conflict> {
    return this.#inTurn(() => this.#run(acquireOnce(request, this.#observer, this.#slot, signal)));
  }

  renew(held: Held, ttlMs: number | undefined, signal?: AbortSignal): Promise<Renewed | Lost> {
    const change = ttlMs === undefined ? {} : { ttlMs };
    return this.#inTurn(() => this.#run(republish(held, change, this.#observer, this.#slot, signal)));
  }

  transfer(held: Held, session: string): Promise<Renewed | Lost> {
    return this.#inTurn(() => this.#run(republish(held, { session }, this.#observer, this.#slot, undefined)));
  }

  /** Waits for nobody: a stopped gate holder cannot stop a release. */
  release(held: Held): Promise<void> {
    return this.#run(releaseOwn(held, this.#observer));
  }

  reap(lock: Lock): Promise<Reaped | StillLive | Gone> {
    return this.#run(reap(lock, this.#observer));
  }

  forceRelease(lock: Lock, why: RemovalReason): Promise<Released | Changed | Gone> {
    return this.#run(forceRelease(lock, why, this.#observer));
  }

  lossOf(held: Held): Promise<LossCause | undefined> {
    return this.#run(lossOf(this.layout, held));
  }

  /** Why a lock is gone that is not listed any more, as far as the journal knows. */
  endOf(id: LockId): Promise<LossCause> {
    return this.#run(endOf(this.layout, id));
  }

  /** Whether the journal says that the lock was released, reaped or forced. */
  async hasEnded(id: LockId): Promise<boolean> {
    const last = await this.#run(lastEventOf(this.layout, id));
    return last !== undefined && ['released', 'reaped', 'forced'].includes(last.event);
  }

  /** The descriptor of this process's hold, for a child that shall keep the lock alive should we be killed. */
  holdDescriptor(): number {
    const { hold } = this.#slot;
    if (!hold) throw new LockError('internal', 'No lock has been taken yet.', 'Acquire first.');
    return hold.fd;
  }

  /** Gives up the hold; every lock must have been released. */
  async close(): Promise<void> {
    await this.#inTurn(async () => {
      const { hold } = this.#slot;
      this.#slot.hold = undefined;
      if (hold) await this.#run(dropHold(this.layout, hold));
    });
  }

  #run<T>(steps: Steps<T>): Promise<T> {
    return drive(this.#os, steps);
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#changes.then(change);
    this.#changes = turn.catch(() => undefined); // the caller of `turn` is told; the next one starts afresh
    return turn;
  }
}

/** little-loops writes its records in place, so one that has just changed may be half-written (PROTOCOLS 1.5). */
const writingMs = 500;
const writingPauseMs = 10;
const mostLooksAtWriting = 3;

/** Reads again while a record looks as if somebody were writing it; what stays malformed is shown as such. */
function* scanSettled(running: string): Steps<Scan> {
  for (let look = 1; ; look++) {
    const scan = yield* scanStore(running);
    const now = yield* sys('now');
    const writing = scan.found.some(
      ({ content, info }) => content.kind === 'malformed' && Math.abs(now - info.mtimeMs) < writingMs,
    );
    if (!writing || look === mostLooksAtWriting) return scan;
    yield* sys('sleep', writingPauseMs);
  }
}

function* listLocks(observer: Observer): Steps<readonly Lock[]> {
  const { found } = yield* scanSettled(observer.layout.running);
  const byId = new Map<string, { lock: Lock; revision: number }>();
  for (const candidate of found) {
    const lock = yield* observe(candidate, observer);
    const revision = candidate.content.kind === 'record' ? (candidate.content.record.extra?.revision ?? 0) : 0;
    // Somebody else's record may carry one of our ids as its name, and is a lock of its own.
    const key = `${lock.id} ${lock.token === undefined}`;
    const other = byId.get(key);
    // During a renewal, or after a crash in one, a lock has two records: one that lives speaks for it, else the newer.
    if (!other || isBetter({ lock, revision }, other)) byId.set(key, { lock, revision });
  }
  return [...byId.values()].map(({ lock }) => lock);
}

function isBetter(a: { lock: Lock; revision: number }, b: { lock: Lock; revision: number }): boolean {
  const aLives = a.lock.verdict === 'live';
  const bLives = b.lock.verdict === 'live';
  return aLives === bLives ? a.revision > b.revision : aLives;
}
