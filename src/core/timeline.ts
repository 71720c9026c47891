/** The journal as a picture over time: who held, waited and was refused, from when to when, and how it ended. Pure. */
import type { JournalLine } from './journal.ts';
import type { Lock, LockId, Mode } from './lock.ts';
import { describeEntry } from './scope/describeEntry.ts';
import type { Scope } from './scope/entry.ts';
import type { Waiter } from './waiter.ts';

/** `held` and `stale` last until now: a stale one is left over and waits to be reaped. `unknown`: nobody wrote it down. */
export type HoldEnd = 'held' | 'stale' | 'released' | 'reaped' | 'forced' | 'lost' | 'unknown';

/** `waiting` lasts until now. `unknown`: given up or ended, and nobody wrote it down. */
export type WaitEnd = 'waiting' | 'granted' | 'timed-out' | 'unknown';

interface Span {
  /** Unique in a timeline, and the same in the next one. */
  readonly key: string;
  readonly holder: string;
  /** As people read it; undefined where the journal no longer remembers it. */
  readonly scope: string | undefined;
  readonly mode: Mode;
  /** Epoch ms. */
  readonly from: number;
  /** Epoch ms, never before `from`. */
  readonly to: number;
  /** Who ended it, where that was written down. */
  readonly by?: string;
}

export interface Hold extends Span {
  readonly kind: 'hold';
  readonly end: HoldEnd;
}

export interface WaitSpan extends Span {
  readonly kind: 'wait';
  readonly end: WaitEnd;
}

/** A try that did not wait; so many within a second are one. */
export interface Refusal extends Span {
  readonly kind: 'refusal';
  readonly count: number;
}

export type Happening = Hold | WaitSpan | Refusal;

export interface Timeline {
  /** By the time when they began, oldest first. */
  readonly happenings: readonly Happening[];
  /** How many older ones of the same time are left out, because there are too many to draw. */
  readonly leftOut: number;
}

/** What is remembered, and what is there now: other tools keep no journal, so of theirs only what is there is known. */
export interface TimelineSource {
  /** Oldest first. */
  readonly lines: readonly JournalLine[];
  readonly locks: readonly Lock[];
  readonly waiters: readonly Waiter[];
  /** When locks and waiters were read, epoch ms. What the journal says of a later time is not missed there. */
  readonly takenAt: number;
  /** Absolute path, for the scopes. */
  readonly root: string;
  /** Epoch ms. */
  readonly now: number;
}

/** More than a person looks through, and few enough to draw at once. */
const mostHappenings = 2_000;

/** What ended before `from` (epoch ms) is not in it. */
export function timelineOf(source: TimelineSource, from: number): Timeline {
  const all = withUniqueKeys(new JournalReader(source).read()).filter(({ to }) => to >= from);
  const newest = all.length <= mostHappenings ? all : [...all].sort((a, b) => b.to - a.to).slice(0, mostHappenings);
  return {
    happenings: [...newest].sort((a, b) => a.from - b.from || a.to - b.to),
    leftOut: all.length - newest.length,
  };
}

/** Has begun, and its end has not been read yet. */
interface Begun {
  readonly line: JournalLine;
  /** The last that was heard of it, epoch ms. */
  readonly lastAt: number;
}

class JournalReader {
  readonly #source: TimelineSource;
  readonly #done: Happening[] = [];
  readonly #holds = new Map<LockId, Begun>();
  readonly #waits = new Map<LockId, Begun>();
  readonly #ended = new Set<LockId>();

  constructor(source: TimelineSource) {
    this.#source = source;
  }

  read(): readonly Happening[] {
    for (const line of this.#source.lines) this.#readLine(line);
    this.#endHolds();
    this.#endWaits();
    return this.#done;
  }

  #readLine(line: JournalLine): void {
    const { event, id, at } = line;
    switch (event) {
      case 'waited':
        this.#waits.set(id, { line, lastAt: at });
        return;
      case 'acquired':
        this.#endWait(line, 'granted');
        this.#holds.set(id, { line, lastAt: at });
        this.#ended.delete(id);
        return;
      case 'conflicted':
        if (line.cause === 'timed-out' || line.cause === 'cancelled' || this.#waits.has(id))
          this.#endWait(line, 'timed-out');
        else this.#done.push({ kind: 'refusal', ...spanOf('refusal', line, at, at), count: line.count ?? 1 });
        return;
      case 'renewed':
      case 'transferred': {
        const begun = this.#holds.get(id);
        if (begun) this.#holds.set(id, { ...begun, lastAt: at });
        return;
      }
      case 'released':
      case 'lost':
        // Its removal has told already; and two may give back the same lock.
        if (!this.#ended.has(id)) this.#endHold(line, event);
        return;
      case 'reaped':
      case 'forced':
        this.#endHold(line, event);
    }
  }

  /** The end alone says how long it was held, where the beginning is no longer remembered. */
  #endHold(line: JournalLine, end: HoldEnd): void {
    const { id, at, by, heldMs = 0 } = line;
    const begun = this.#holds.get(id)?.line;
    this.#holds.delete(id);
    this.#ended.add(id);
    this.#done.push({ kind: 'hold', ...spanOf('hold', begun ?? line, begun?.at ?? at - heldMs, at), end, by });
  }

  #endWait(line: JournalLine, end: WaitEnd): void {
    const { id, at, waitedMs = 0 } = line;
    const begun = this.#waits.get(id)?.line;
    if (!begun && end === 'granted') return; // was granted at once
    this.#waits.delete(id);
    this.#done.push({ kind: 'wait', ...spanOf('wait', begun ?? line, begun?.at ?? at - waitedMs, at), end });
  }

  #endHolds(): void {
    const { locks, takenAt, root, now } = this.#source;
    const present = new Map(locks.map((lock) => [lock.id, lock]));
    for (const [id, { line, lastAt }] of this.#holds) {
      const lock = present.get(id);
      const end = lock ? presentEnd(lock) : lastAt >= takenAt ? 'held' : 'unknown';
      this.#done.push({ kind: 'hold', ...spanOf('hold', line, line.at, end === 'unknown' ? lastAt : now), end });
    }
    for (const lock of locks) {
      if (this.#holds.has(lock.id) || lock.verdict === 'malformed') continue;
      const line = { id: lock.id, holder: lock.holder.name, scope: scopeTexts(lock.scope, root), mode: lock.mode };
      const from = Math.min(now, lock.acquiredAt ?? now);
      this.#done.push({ kind: 'hold', ...spanOf('hold', line, from, now), end: presentEnd(lock) });
    }
  }

  #endWaits(): void {
    const { waiters, takenAt, root, now } = this.#source;
    const present = new Set(waiters.filter(({ verdict }) => verdict !== 'stale').map(({ id }) => id));
    for (const [id, { line, lastAt }] of this.#waits) {
      const end = present.has(id) || lastAt >= takenAt ? 'waiting' : 'unknown';
      this.#done.push({ kind: 'wait', ...spanOf('wait', line, line.at, end === 'unknown' ? lastAt : now), end });
    }
    for (const waiter of waiters) {
      if (this.#waits.has(waiter.id) || !present.has(waiter.id)) continue;
      const { id, holder, mode } = waiter;
      const line = { id, holder: holder.name, scope: scopeTexts(waiter.scope, root), mode };
      const from = Math.min(now, waiter.since ?? now);
      this.#done.push({ kind: 'wait', ...spanOf('wait', line, from, now), end: 'waiting' });
    }
  }
}

function presentEnd({ verdict }: Lock): HoldEnd {
  return verdict === 'stale' ? 'stale' : 'held';
}

/** A clock that was set back makes no span of negative length. */
function spanOf(
  kind: Happening['kind'],
  { id, holder, scope, mode }: Pick<JournalLine, 'id' | 'holder' | 'scope' | 'mode'>,
  from: number,
  to: number,
): Span {
  return {
    key: `${kind} ${id} ${from}`,
    holder,
    scope: scope?.join(', '),
    mode: mode ?? 'exclusive',
    from,
    to: Math.max(from, to),
  };
}

/** As many as the journal names, so that both say the same. */
const mostEntries = 5;

function scopeTexts(scope: Scope, root: string): readonly string[] {
  return scope.slice(0, mostEntries).map((entry) => describeEntry(entry, root));
}

function withUniqueKeys(happenings: readonly Happening[]): readonly Happening[] {
  const seen = new Map<string, number>();
  return happenings.map((happening) => {
    const times = seen.get(happening.key) ?? 0;
    seen.set(happening.key, times + 1);
    return times === 0 ? happening : { ...happening, key: `${happening.key} ${times}` };
  });
}
