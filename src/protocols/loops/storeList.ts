/**
 * What a process shows of the store, looked at again and again: what has been read and judged stays as it is, the very same
 * objects, until its record changes or what is known of its holder does.
 */
import type { Lock } from '../../core/lock.ts';
import type { Waiter } from '../../core/waiter.ts';
import { sys, type Steps } from '../../os/os.ts';
import type { Listing } from '../protocol.ts';
import { activityOf } from './activity.ts';
import { KnownRecords } from './knownRecords.ts';
import { gatherFacts, lockIdOf, lockOf, type Observer } from './observe.ts';
import { observeTicket, readQueue } from './queue.ts';
import type { LockRecord } from './record.ts';
import type { Found } from './scan.ts';
import { readTheirQueue } from './theirQueue.ts';

/** little-loops writes its records in place, so one that has just changed may be half-written (PROTOCOLS 1.5). */
const writingMs = 500;
const writingPauseMs = 10;
const mostLooksAtWriting = 3;

/** Records that say the same of their holder: one look at it is enough for all of them. */
interface HolderGroup {
  readonly members: Map<Found, LockRecord>;
  /** Not judged yet. */
  fresh: Found[];
  /** What was known of the holder when they were judged. */
  facts: string;
}

export class StoreList {
  readonly #observer: Observer;
  readonly #known: KnownRecords;
  /** Since the last look was shown. */
  readonly #come = new Set<Found>();
  readonly #gone = new Set<Found>();
  readonly #groups = new Map<string, HolderGroup>();
  /** During a renewal, or after a crash in one, a lock has two records. */
  readonly #records = new Map<string, Map<Found, Lock>>();
  readonly #shown = new Map<string, Lock>();
  #locks: readonly Lock[] = [];

  constructor(observer: Observer) {
    this.#observer = observer;
    this.#known = new KnownRecords(observer.layout.running, {
      come: (found) => {
        this.#come.add(found);
      },
      gone: (found) => {
        if (!this.#come.delete(found)) this.#gone.add(found); // what nobody has seen yet need not go
      },
    });
  }

  /** @param names in the running directory, where nothing else can have changed; then nobody looks whether holders live */
  *list(names?: ReadonlySet<string>): Steps<Listing> {
    const locks = yield* this.locks(names);
    const waiters = yield* listWaiters(this.#observer);
    if (waiters.length === 0) return { locks, waiters };
    // A request keeps its place until it has all that it asked for, with other tools too.
    const granted = new Set(locks.filter(({ token }) => token !== undefined).map(({ id }) => id));
    return { locks, waiters: waiters.filter(({ id }) => !granted.has(id)) };
  }

  /** Each lock once. */
  *locks(names?: ReadonlySet<string>): Steps<readonly Lock[]> {
    yield* this.#look(names);
    const keys = new Set<string>();
    for (const found of this.#gone) this.#remove(found, keys);
    for (const found of this.#come) this.#add(found, keys);
    this.#gone.clear();
    this.#come.clear();
    for (const [key, group] of this.#groups) {
      if (group.members.size === 0) this.#groups.delete(key);
      else if (!names || group.fresh.length > 0) yield* this.#judge(group, keys);
    }
    yield* this.#showActivity(keys);
    if (keys.size === 0) return this.#locks;
    for (const key of keys) this.#show(key);
    this.#locks = [...this.#shown.values()];
    return this.#locks;
  }

  /** Again while a record looks as if somebody were writing it; what stays malformed is shown as such. */
  *#look(names: ReadonlySet<string> | undefined): Steps<void> {
    for (let turn = 1; ; turn++) {
      yield* names && turn === 1 ? this.#known.lookAt(names) : this.#known.look();
      const now = yield* sys('now');
      if (turn === mostLooksAtWriting || !this.#isBeingWritten(now)) return;
      yield* sys('sleep', writingPauseMs);
    }
  }

  #isBeingWritten(now: number): boolean {
    for (const { content, info } of this.#known.changeable()) {
      if (content.kind === 'malformed' && Math.abs(now - info.mtimeMs) < writingMs) return true;
    }
    return false;
  }

  #remove(found: Found, keys: Set<string>): void {
    const key = keyOf(found);
    keys.add(key);
    this.#records.get(key)?.delete(found);
    const record = recordOf(found);
    if (record) this.#groups.get(holderKeyOf(record))?.members.delete(found);
  }

  #add(found: Found, keys: Set<string>): void {
    const record = recordOf(found);
    if (!record) {
      this.#put(found, lockOf(found, undefined, this.#observer), keys);
      return;
    }
    const key = holderKeyOf(record);
    const group: HolderGroup = this.#groups.get(key) ?? { members: new Map(), fresh: [], facts: '' };
    this.#groups.set(key, group);
    group.members.set(found, record);
    group.fresh.push(found);
  }

  #put(found: Found, lock: Lock, keys: Set<string>): void {
    const key = keyOf(found);
    keys.add(key);
    const records = this.#records.get(key);
    if (records) records.set(found, lock);
    else this.#records.set(key, new Map([[found, lock]]));
  }

  *#judge(group: HolderGroup, keys: Set<string>): Steps<void> {
    const [sample] = group.members.values();
    if (!sample) return;
    const facts = yield* gatherFacts(sample, this.#observer, 'with-hold');
    // When each was acquired is its own.
    const text = JSON.stringify({ ...facts, acquiredAtMs: undefined });
    const founds = text === group.facts ? group.fresh : group.members.keys();
    for (const found of founds) {
      const record = group.members.get(found);
      if (!record) continue;
      this.#put(found, lockOf(found, { ...facts, acquiredAtMs: record.startedAt }, this.#observer), keys);
    }
    group.facts = text;
    group.fresh = [];
  }

  /** Loops of little-loops itself say what they are doing, in a file that changes without the record; ours have none. */
  *#showActivity(keys: Set<string>): Steps<void> {
    for (const found of this.#known.changeable()) {
      const key = keyOf(found);
      const lock = this.#records.get(key)?.get(found);
      if (!lock || lock.token !== undefined || lock.verdict === 'malformed') continue;
      const activity = yield* activityOf(found, this.#observer.layout);
      if (activity?.status === lock.activity?.status && activity?.state === lock.activity?.state) continue;
      const { activity: _, ...without } = lock;
      this.#put(found, activity ? { ...without, activity } : without, keys);
    }
  }

  /** One that lives speaks for the lock, else the newer. */
  #show(key: string): void {
    let best: { readonly found: Found; readonly lock: Lock } | undefined;
    for (const [found, lock] of this.#records.get(key) ?? []) {
      if (!best || isBetter({ found, lock }, best)) best = { found, lock };
    }
    if (best) {
      this.#shown.set(key, best.lock);
      return;
    }
    this.#records.delete(key);
    this.#shown.delete(key);
  }
}

function isBetter(
  a: { readonly found: Found; readonly lock: Lock },
  b: { readonly found: Found; readonly lock: Lock },
): boolean {
  const [aLives, bLives] = [a.lock.verdict === 'live', b.lock.verdict === 'live'];
  return aLives === bLives ? revisionOf(a.found) > revisionOf(b.found) : aLives;
}

function revisionOf(found: Found): number {
  return recordOf(found)?.extra?.revision ?? 0;
}

function recordOf({ content }: Found): LockRecord | undefined {
  return content.kind === 'record' ? content.record : undefined;
}

/** Somebody else's record may carry one of our ids as its name, and is a lock of its own. */
function keyOf(found: Found): string {
  return `${lockIdOf(found)} ${recordOf(found)?.extra === undefined}`;
}

/** All that the facts depend on but the time of the record. */
function holderKeyOf({ pid, extra }: LockRecord): string {
  if (!extra) return String(pid);
  const { hold, holdDevice, startTime, host, machineId, bootId, pidNamespace, timeNamespace } = extra;
  return JSON.stringify([pid, hold, holdDevice, startTime, host, machineId, bootId, pidNamespace, timeNamespace]);
}

/** Our own dead waiters are swept by the next gate holder; little-loops' dead ones block its queue, so they are shown. */
function* listWaiters(observer: Observer): Steps<readonly Waiter[]> {
  const waiters: Waiter[] = [];
  for (const ticket of yield* readQueue(observer.layout)) {
    const waiter = yield* observeTicket(ticket, observer);
    if (waiter && waiter.verdict !== 'stale') waiters.push(waiter);
  }
  return [...waiters, ...(yield* readTheirQueue(observer))];
}
