/** The embedded default store: little-loops' running directory, spoken so that little-loops obeys and is obeyed. */
import { LockError } from '../../core/errors.ts';
import type { JournalLine } from '../../core/journal.ts';
import { blocks, type Lock, type LockId } from '../../core/lock.ts';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { drive, driveInSlices, type Os, type Steps } from '../../os/os.ts';
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
  Listing,
  LockProtocol,
  LossCause,
  Lost,
  Reaped,
  Released,
  RemovalReason,
  Renewed,
  StillLive,
} from '../protocol.ts';
import type { Shop } from './acquire.ts';
import { RingingBell, type Bell } from './bell.ts';
import type { Elsewhere } from './elsewhere.ts';
import type * as Changes from './changes.ts';
import { isRecordName, isTemporaryName, type StoreLayout } from './layout.ts';
import type { Observer } from './observe.ts';
import { StoreList } from './storeList.ts';

/** A directory that was replaced under its watcher is noticed by then, at the cost of one stat. */
const rearmMs = 2_000;

/** So long a listing of many locks keeps the rest of the process waiting: a frame of a screen. */
const listSliceMs = 16;

type Taking = Omit<typeof Changes, 'GateRecords' | 'Refusals' | 'Turn'> & { readonly shop: Shop };

/** What somebody was told of: a name among the records; something that is no record, such as a place in the queue; or who knows. */
export type StoreChange = { readonly name: string } | 'beside' | 'anything';

/** What little-loops and we keep beside the records; whatever else comes may be a folder with records in it. */
const besideRecords = /^\.|\.(json|pid)$/;

function changeOf(name: string | undefined): StoreChange {
  if (name === undefined) return 'anything';
  if (isRecordName(name)) return { name };
  return isTemporaryName(name) || besideRecords.test(name) ? 'beside' : 'anything';
}

export class LoopsProtocol implements LockProtocol {
  readonly id = 'loops';
  readonly can: Capabilities = {
    acquire: true,
    renew: true,
    wait: true,
    reap: true,
    forceRelease: true,
  };
  readonly layout: StoreLayout;
  readonly #os: Os;
  readonly #observer: Observer;
  readonly #folders: 'remembered' | 'listed';
  #list: StoreList;
  #lastLook: Promise<unknown> = Promise.resolve();
  /** Opened with the first request. */
  #shop: Shop | undefined;
  #changing: Promise<typeof Changes> | undefined;
  #opening: Promise<Taking> | undefined;

  /** @param folders `remembered`: a flock costs less than a listing of many files, so it may be spent to know what is there */
  constructor(
    os: Os,
    layout: StoreLayout,
    sessions: ReadonlySet<string>,
    caseRule: CaseRule,
    folders: 'remembered' | 'listed' = 'listed',
  ) {
    this.#os = os;
    this.layout = layout;
    this.#observer = { layout, identity: os.identity(), sessions, caseRule };
    this.#list = new StoreList(this.#observer);
    this.#folders = folders;
  }

  list(names?: ReadonlySet<string>): Promise<Listing> {
    return this.#look((list) => list.list(names));
  }

  /** Locks that block, without the queue: judging a long one costs more than all of them. */
  async living(): Promise<readonly Lock[]> {
    return (await this.#look((list) => list.locks())).filter(blocks);
  }

  /** One look after the other, as each begins with what the one before has seen; after one that failed, anew. */
  #look<T>(steps: (list: StoreList) => Steps<T>): Promise<T> {
    const look = this.#lastLook.then(async () => {
      try {
        return await driveInSlices(this.#os, steps(this.#list), listSliceMs);
      } catch (error) {
        this.#list = new StoreList(this.#observer);
        throw error;
      }
    });
    this.#lastLook = look.catch(() => undefined);
    return look;
  }

  watch(onChange: (change: StoreChange) => void): Disposable {
    const { running, queue, requests, theirQueue } = this.layout;
    const beside = (): void => onChange('beside');
    const watches = [
      new DirectoryWatch(running, (name) => onChange(changeOf(name))),
      ...[queue, requests, theirQueue].map((folder) => new DirectoryWatch(folder, beside)),
    ];
    const timer = setInterval(() => {
      for (const watch of watches) watch.rearm();
    }, rearmMs);
    timer.unref();
    return {
      dispose() {
        clearInterval(timer);
        for (const watch of watches) watch.dispose();
      },
    };
  }

  async acquire(
    request: AcquireRequest,
    signal: AbortSignal,
    onBlocked: (conflict: Conflict) => void = () => undefined,
    elsewhere?: Elsewhere,
  ): Promise<Acquired | Conflict> {
    const { acquire, nowhere, shop } = await this.#open();
    return await this.#run(acquire(request, shop, elsewhere ?? nowhere, signal, onBlocked));
  }

  async renew(held: Held, ttlMs: number | undefined, signal?: AbortSignal): Promise<Renewed | Lost> {
    const { republish, shop } = await this.#open();
    const change = ttlMs === undefined ? {} : { ttlMs };
    return await this.#run(shop.turn.take(() => republish(held, change, this.#observer, shop.slot, signal)));
  }

  async askToRenew({ id }: Lock, ttlMs: number): Promise<void> {
    const { writeRequest } = await this.#changes();
    await this.#run(writeRequest(this.layout, id, { ttlMs }));
  }

  async withdrawRequest({ id }: Lock): Promise<boolean> {
    const { withdrawRequest } = await this.#changes();
    return await this.#run(withdrawRequest(this.layout, id));
  }

  async takeRequest({ id }: Held): Promise<number | undefined> {
    const { takeRequest } = await this.#changes();
    return (await this.#run(takeRequest(this.layout, id)))?.ttlMs;
  }

  async transfer(held: Held, session: string): Promise<Renewed | Lost> {
    const { republish, shop } = await this.#open();
    return await this.#run(shop.turn.take(() => republish(held, { session }, this.#observer, shop.slot, undefined)));
  }

  /** Waits for nobody: a stopped gate holder cannot stop a release. */
  async release(held: Held): Promise<void> {
    const { releaseOwn, shop } = await this.#open();
    await this.#run(releaseOwn(held, this.#observer, shop.slot));
  }

  async reap(lock: Lock): Promise<Reaped | StillLive | Gone> {
    const { reap } = await this.#changes();
    return await this.#run(reap(lock, this.#observer));
  }

  async forceRelease(lock: Lock, why: RemovalReason): Promise<Released | Changed | Gone> {
    const { forceRelease } = await this.#changes();
    return await this.#run(forceRelease(lock, why, this.#observer));
  }

  async lossOf(held: Held): Promise<LossCause | undefined> {
    const { lossOf } = await this.#changes();
    return await this.#run(lossOf(this.layout, held));
  }

  /** Why a lock is gone that is not listed any more, as far as the journal knows. */
  async endOf(id: LockId): Promise<LossCause> {
    const { endOf } = await this.#changes();
    return await this.#run(endOf(this.layout, id));
  }

  async noteLoss(held: Held, cause: LossCause): Promise<void> {
    const { noteLoss } = await this.#changes();
    await this.#run(noteLoss(held, cause, this.#observer));
  }

  async journal(): Promise<readonly JournalLine[]> {
    const { readJournal } = await this.#changes();
    return await this.#run(readJournal(this.layout));
  }

  /** Whether the journal says that the lock was released, reaped or forced. */
  async hasEnded(id: LockId): Promise<boolean> {
    const { lastEventOf } = await this.#changes();
    const last = await this.#run(lastEventOf(this.layout, id));
    return last !== undefined && ['released', 'reaped', 'forced'].includes(last.event);
  }

  /** The descriptor of this process's hold, for a child that shall keep the lock alive should we be killed. */
  holdDescriptor(): number {
    const hold = this.#shop?.slot.hold;
    if (!hold) throw new LockError('internal', 'No lock has been taken yet.', 'Acquire first.');
    return hold.fd;
  }

  /** Gives up the hold; every lock must have been released. */
  async close(): Promise<void> {
    const { layout } = this;
    if (!this.#shop) return;
    const { slot, turn } = this.#shop;
    const { dropHold } = await this.#changes();
    await this.#run(
      turn.take(function* () {
        const { hold } = slot;
        slot.hold = undefined;
        if (hold) yield* dropHold(layout, hold);
      }),
    );
  }

  /** What takers need, once for this process. */
  #open(): Promise<Taking> {
    this.#opening ??= this.#changes().then(({ GateRecords, Refusals, Turn, ...changes }) => {
      const least = this.#folders === 'listed' ? Infinity : undefined;
      const known = new GateRecords(this.layout, this.#observer.caseRule, least);
      const shop: Shop = {
        observer: this.#observer,
        slot: { hold: undefined, known, swept: false },
        turn: new Turn(),
        refusals: new Refusals(),
        openBell: (wanted, others) => this.#openBell(wanted, others),
      };
      this.#shop = shop;
      return { ...changes, shop };
    });
    return this.#opening;
  }

  /** Loaded before the first lock is taken, so that renewing it and giving it back need no file any more. */
  #changes(): Promise<typeof Changes> {
    this.#changing ??= import('./changes.ts');
    return this.#changing;
  }

  #openBell(signal: AbortSignal, elsewhere: Elsewhere): Bell {
    return new RingingBell(
      (ring) => {
        const watch = this.watch(ring);
        signal.addEventListener('abort', ring);
        return () => {
          watch.dispose();
          signal.removeEventListener('abort', ring);
        };
      },
      (ring) => elsewhere.watch(ring),
    );
  }

  #run<T>(steps: Steps<T>): Promise<T> {
    return drive(this.#os, steps);
  }
}
