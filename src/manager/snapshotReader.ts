/** Reads everybody's locks into snapshots: anew when asked, and by what is known to have changed, which costs next to nothing. */
import { Emitter, type Subscription } from '../core/emitter.ts';
import type { LockError } from '../core/errors.ts';
import { findHints, mayBeHintedAt } from '../core/hints.ts';
import type { Lock } from '../core/lock.ts';
import type { Scope } from '../core/scope/entry.ts';
import type { CaseRule } from '../core/scope/foldCase.ts';
import {
  changesOf,
  conflictsAfter,
  diffSnapshots,
  emptySnapshot,
  indexAfter,
  isEmptyDiff,
  isMendable,
  locksNear,
  pictureOf,
  type LockChanges,
  type LockConflict,
  type Snapshot,
  type SnapshotDiff,
} from '../core/snapshot.ts';
import type { Waiter } from '../core/waiter.ts';
import { drive, type Os } from '../os/os.ts';
import type { StoreChange } from '../protocols/loops/loops.ts';
import type { Listing } from '../protocols/protocol.ts';
import { scopesMeet } from '../protocols/scopesMeet.ts';

/** @param names records of the store, where nothing else can have changed; then nobody looks whether holders live */
type List = (names?: ReadonlySet<string>) => Promise<Listing & { readonly problems: readonly LockError[] }>;

export class SnapshotReader {
  readonly #os: Os;
  readonly #root: string;
  readonly #caseRule: CaseRule;
  readonly #list: List;
  readonly #changes = new Emitter<SnapshotDiff>();
  readonly #problems = new Emitter<Error | undefined>();
  #problem: Error | undefined;
  #snapshot: Snapshot;
  /** Relatives among them. */
  #overlaps: readonly LockConflict[] = [];
  /** Locks that may be reasons for hints. */
  #remarkable: readonly Lock[] = [];
  #reading: Promise<void> | undefined;
  /** All was read once, so that changes can be added to it. */
  #isWhole = false;
  /** What may have changed since the last reading began: these records, or anything; undefined: nothing. */
  #stale: Set<string> | 'anything' | undefined;

  constructor(os: Os, root: string, caseRule: CaseRule, list: List) {
    this.#os = os;
    this.#root = root;
    this.#caseRule = caseRule;
    this.#list = list;
    this.#snapshot = emptySnapshot(os.now(), caseRule);
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  get problem(): Error | undefined {
    return this.#problem;
  }

  onDidChange(listener: (diff: SnapshotDiff) => void): Subscription {
    return this.#changes.subscribe(listener);
  }

  onDidChangeProblem(listener: (problem: Error | undefined) => void): Subscription {
    return this.#problems.subscribe(listener);
  }

  /** Calls while one is under way share the one that follows it, so the result is never older than the call. */
  async refresh(): Promise<Snapshot> {
    this.#stale = 'anything';
    await this.#read();
    return this.#snapshot;
  }

  /** Somebody was told of a change. Events can get lost without a sign, so now and then somebody has to `refresh`, too. */
  async note(change: StoreChange = 'anything'): Promise<void> {
    this.#stale = change === 'anything' || this.#stale === 'anything' ? 'anything' : withName(this.#stale, change);
    await this.#read();
  }

  /** Of locks that overlap a scope of ours, those that an acquire would find in the way (`scopesMeet`). */
  async meeting(scope: Scope, near: readonly Lock[]): Promise<readonly Lock[]> {
    const meeting: Lock[] = [];
    for (const lock of near) {
      const isSure = lock.protocol === 'loops' || lock.protocol === 'etcd' || lock.verdictReason === 'unreadable';
      if (isSure || (await drive(this.#os, scopesMeet(scope, lock.scope, this.#caseRule)))) meeting.push(lock);
    }
    return meeting;
  }

  async #read(): Promise<void> {
    this.#reading ??= this.#readUntilFresh();
    await this.#reading;
  }

  async #readUntilFresh(): Promise<void> {
    try {
      while (this.#stale) await this.#readOnce(this.#stale);
    } finally {
      this.#reading = undefined; // in the same step as the last look at what is stale: who comes later begins anew
    }
  }

  async #readOnce(stale: ReadonlySet<string> | 'anything'): Promise<void> {
    this.#stale = undefined;
    try {
      const [problem] = await this.#readAll(stale === 'anything' || !this.#isWhole ? undefined : stale);
      this.#isWhole = true;
      this.#setProblem(problem);
    } catch (error) {
      this.#isWhole = false;
      this.#setProblem(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  #setProblem(problem: Error | undefined): void {
    const changed = problem?.message !== this.#problem?.message;
    this.#problem = problem;
    if (changed) this.#problems.fire(problem);
  }

  /** @returns what of other tools could not be read; all else is shown */
  async #readAll(names: ReadonlySet<string> | undefined): Promise<readonly LockError[]> {
    const { locks, waiters, problems } = await this.#list(names);
    const before = this.#snapshot;
    const isQuiet = waiters.length + before.waiters.length + this.#overlaps.length === 0;
    if (isQuiet && locks === before.locks && problems.length === 0) {
      this.#snapshot = { ...before, takenAt: this.#os.now() };
      return problems;
    }
    const changes = changesOf(before.locks, locks);
    const isMuch = !isMendable(changes, locks);
    if (isMuch) await othersTurn();
    const picture = await this.#pictureOf(locks, waiters, changes);
    const overlaps = conflictsAfter(this.#overlaps, changes, locks, picture.index);
    const conflicts = overlaps.length === 0 ? overlaps : await this.#withoutRelatives(overlaps);
    if (isMuch) await othersTurn();
    const remarkable = this.#remarkableAfter(changes, locks);
    const hints = findHints({ ...picture, locks: remarkable }, this.#root);
    const next: Snapshot = { ...picture, conflicts, hints };
    const diff = diffSnapshots(before, next);
    this.#snapshot = next;
    this.#overlaps = overlaps;
    this.#remarkable = remarkable;
    if (!isEmptyDiff(diff)) this.#changes.fire(diff);
    return problems;
  }

  async #pictureOf(
    locks: readonly Lock[],
    waiters: readonly Waiter[],
    changes: LockChanges,
  ): Promise<ReturnType<typeof pictureOf>> {
    const index = indexAfter(this.#snapshot, changes, locks, this.#caseRule);
    const meeting = new Map<Waiter, readonly Lock[]>();
    if (waiters.length > 0) {
      const near = locksNear({ locks, index });
      for (const waiter of waiters) meeting.set(waiter, await this.meeting(waiter.scope, near(waiter.scope)));
    }
    const stands = { locks, waiters, index, takenAt: this.#os.now() };
    return pictureOf(stands, (waiter) => meeting.get(waiter) ?? [], this.#caseRule);
  }

  #remarkableAfter(changes: LockChanges, locks: readonly Lock[]): readonly Lock[] {
    const isRemarkable = (lock: Lock): boolean => mayBeHintedAt(lock, this.#root);
    if (!isMendable(changes, locks)) return locks.filter(isRemarkable);
    const gone = new Set(changes.gone);
    return [...this.#remarkable.filter((lock) => !gone.has(lock)), ...changes.come.filter(isRemarkable)];
  }

  /**
   * Ancestor and descendant may share a scope (DESIGN 6.1); who descends from whom is looked up only where scopes overlap.
   * Another clone's holder, on whichever machine, is nobody's relative.
   */
  async #withoutRelatives(overlaps: readonly LockConflict[]): Promise<readonly LockConflict[]> {
    const ancestors = new Map<number, ReadonlySet<number>>();
    for (const { holder, protocol } of overlaps.flatMap(({ a, b }) => [a, b])) {
      const pid = protocol === 'etcd' ? undefined : holder.pid;
      if (pid !== undefined && !ancestors.has(pid)) ancestors.set(pid, new Set(await this.#os.ancestors(pid)));
    }
    const descends = (a: Lock, b: Lock): boolean =>
      a.protocol !== 'etcd' &&
      b.protocol !== 'etcd' &&
      a.holder.pid !== undefined &&
      b.holder.pid !== undefined &&
      (ancestors.get(a.holder.pid)?.has(b.holder.pid) ?? false);
    const strangers = overlaps.filter(({ a, b }) => !descends(a, b) && !descends(b, a));
    const meeting: LockConflict[] = [];
    for (const pair of strangers) {
      const { a, b } = pair;
      if (a.protocol === b.protocol || (await drive(this.#os, scopesMeet(a.scope, b.scope, this.#caseRule)))) {
        meeting.push(pair);
      }
    }
    return meeting;
  }
}

function withName(names: Set<string> | undefined, change: Exclude<StoreChange, 'anything'>): Set<string> {
  const all = names ?? new Set();
  if (change !== 'beside') all.add(change.name);
  return all;
}

/** Ten thousand locks take longer to think about than an editor's other extensions should wait. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
