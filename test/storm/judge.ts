/**
 * What the ledger of a storm proves. Each line is one write to a file opened with O_APPEND, so the kernel puts the lines
 * of all processes into one true order: a holder writes `enter` when it has the lock already and `leave` while it still
 * has it, so two sections that overlap in the ledger overlapped in truth. Times are of CLOCK_MONOTONIC, which all
 * processes of a machine share; they only tell how long something took.
 */
import { overlap, type PooledScope } from './pool.ts';

/** One stay inside a lock. */
export interface Section {
  readonly key: string;
  /** Name of the process that holds the lock; never used twice. */
  readonly who: string;
  readonly scope: PooledScope;
  readonly mode: 'exclusive' | 'shared';
  /** Milliseconds; 0 where the lock has no lease. */
  readonly ttlMs: number;
  /** Somebody outside deleted its record, or perhaps did: from here on others may come in (DESIGN 6.1, rule 1). */
  readonly removal: Removal | undefined;
  /** Has stopped itself, one instruction before its next write. */
  readonly isStopped: boolean;
}

interface Removal {
  /** When, in ms; later where its holder was stopped: when that ran again. Undefined where it is not sure that it happened. */
  readonly at: number | undefined;
}

type Changing<T> = { -readonly [K in keyof T]: T[K] };

export class Judge {
  /** Sentences; there must be none. */
  readonly violations: string[] = [];
  readonly acquisitions = new Map<string, number>();
  readonly refusals = new Map<string, number>();
  /** From a removal by somebody outside to the holder's being told, in ms. */
  readonly tellingMs: number[] = [];
  readonly started = new Set<string>();
  entries = 0;
  conflicts = 0;
  waits = 0;
  renewals = 0;
  expiries = 0;
  diedInside = 0;
  /** Two inside, one of them with a record that somebody outside had deleted and who was not told yet. */
  overlapsAfterRemoval = 0;
  /** Left by themselves before they were told. */
  leftUntold = 0;
  readonly #pool: readonly PooledScope[];
  readonly #inside = new Map<string, Changing<Section>>();
  /** Being killed: from here on whoever comes in is not to blame. */
  readonly #dying = new Set<string>();
  /** Somebody has come in after them; a word of theirs would show that they were alive. */
  readonly #succeeded = new Set<string>();
  /** Offset of the line that says that they are dead. */
  readonly #dead = new Map<string, number>();
  readonly #removed = new Map<string, Removal>();
  /** Offset of the newest line that says that the whole directory is gone; what was published before it may be, too. */
  #allRemovedUntil = -1;

  constructor(pool: readonly PooledScope[]) {
    this.#pool = pool;
  }

  get inside(): readonly Section[] {
    return [...this.#inside.values()];
  }

  isDying(who: string): boolean {
    return this.#dying.has(who);
  }

  /** @param offset of the line in the ledger, in bytes */
  take(line: string, offset: number): void {
    const [what = '', who = '', time = '', ...rest] = line.split(' ');
    const at = Number(time) / 1e6;
    const [first = '', second = ''] = rest;
    if (this.#succeeded.has(who) && what !== 'killed') {
      this.violations.push(`${who} was taken for dead, and then wrote ${what}`);
    }
    switch (what) {
      case 'start':
        this.started.add(who);
        break;
      case 'enter':
        this.#enter(who, rest, at);
        break;
      case 'leave':
        this.#leave(who, first, second, Number(rest[2]), at);
        break;
      case 'wait':
        this.waits++;
        break;
      case 'conflict':
        this.#conflict(who, Number(first), second);
        break;
      case 'refused':
        add(this.refusals, first);
        break;
      case 'failed':
        this.violations.push(`${who} failed: ${decodeURIComponent(first)}`);
        break;
      case 'killing':
        this.#dying.add(who);
        break;
      case 'killed':
        this.#dead.set(who, offset);
        break;
      case 'ended':
        this.#end(who);
        break;
      case 'removing':
        this.#remove(first, at);
        break;
      case 'removing-all':
        for (const key of this.#inside.keys()) this.#remove(key, at);
        this.#allRemovedUntil = Number.POSITIVE_INFINITY;
        break;
      case 'removed-all':
        this.#allRemovedUntil = offset;
        break;
      case 'stopping': {
        const section = this.#inside.get(first);
        if (section) section.isStopped = true;
        break;
      }
      case 'continued':
        this.#continue(who, at);
        break;
      default: // what a killed writer left of a line
    }
  }

  #enter(who: string, [key = '', scope = '', mode, ttl, from = '0']: readonly string[], at: number): void {
    this.entries++;
    add(this.acquisitions, kindOf(who));
    const mayBeGone = Number(from) <= this.#allRemovedUntil;
    const section: Section = {
      key,
      who,
      scope: this.#pool[Number(scope)] ?? missing(`scope ${scope}`),
      mode: mode === 'shared' ? 'shared' : 'exclusive',
      ttlMs: Number(ttl),
      removal: this.#removed.get(key) ?? (mayBeGone ? { at: undefined } : undefined),
      isStopped: false,
    };
    for (const other of this.#inside.values()) if (conflict(section, other)) this.#meet(section, other, at);
    this.#inside.set(key, section);
  }

  #meet(section: Section, other: Section, at: number): void {
    if (this.#dying.has(other.who)) {
      this.diedInside++;
      this.#succeeded.add(other.who);
      this.#inside.delete(other.key);
    } else if (section.removal || other.removal) {
      this.overlapsAfterRemoval++;
    } else {
      const scope = section.scope.parts.map(({ text }) => text).join(', ');
      this.violations.push(
        `${section.who} (${section.key}) entered ${scope} while ${other.who} (${other.key}) was inside, at ${at} ms`,
      );
    }
  }

  #leave(who: string, key: string, how: string, renewals: number, at: number): void {
    const section = this.#inside.get(key);
    this.#inside.delete(key);
    if (!section) {
      this.violations.push(`${who} left ${key}, but was not inside`);
      return;
    }
    this.renewals += renewals;
    const { removal } = section;
    switch (how) {
      case 'done':
        if (removal?.at !== undefined) this.leftUntold++;
        break;
      case 'expired':
        this.expiries++;
        if (section.ttlMs === 0) this.violations.push(`${key} of ${who} expired, but has no lease`);
        break;
      case 'told':
        if (!removal) this.violations.push(`${who} was told that ${key} is lost, but nobody outside removed it`);
        if (removal?.at !== undefined) this.tellingMs.push(Math.max(0, at - removal.at));
        break;
      default:
        this.violations.push(`${who} left ${key} in a way that nobody knows: ${how}`);
    }
  }

  /** Who does not run cannot be told, so the time to tell begins here. */
  #continue(who: string, at: number): void {
    for (const section of this.#inside.values()) {
      if (section.who !== who) continue;
      section.isStopped = false;
      if (section.removal?.at !== undefined) section.removal = { at };
    }
  }

  /** By itself; only who was told, too early to write a word about it, may have left nothing. */
  #end(who: string): void {
    for (const section of this.#inside.values()) {
      if (section.who !== who) continue;
      this.#inside.delete(section.key);
      if (!section.removal) this.violations.push(`${who} ended inside ${section.key}`);
    }
  }

  /** A request that began when a holder was dead already must not be refused because of it (rule 3). */
  #conflict(who: string, from: number, blockers: string): void {
    this.conflicts++;
    for (const blocker of blockers.split(',')) {
      if ((this.#dead.get(blocker) ?? Number.POSITIVE_INFINITY) < from) {
        this.violations.push(`${who} was refused because of ${blocker}, which was dead when it asked`);
      }
    }
  }

  #remove(key: string, at: number): void {
    const removal: Removal = { at };
    this.#removed.set(key, removal);
    const section = this.#inside.get(key);
    if (section) section.removal ??= removal;
  }
}

/** `library` of `library-17`. */
const kindOf = (who: string): string => who.split('-', 1)[0] ?? '';

function conflict(a: Section, b: Section): boolean {
  return (a.mode === 'exclusive' || b.mode === 'exclusive') && overlap(a.scope, b.scope);
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function missing(what: string): never {
  throw new Error(`There is no ${what}.`);
}
