/**
 * What the ledger of a storm proves. Each line is one write to a file opened with O_APPEND, so the kernel puts the lines
 * of all processes into one true order: a holder writes `enter` when it has the lock already and `leave` while it still
 * has it, so two sections that overlap in the ledger overlapped in truth. Times are of CLOCK_MONOTONIC, which all
 * processes of a machine share; they only tell how long something took.
 */
import { overlap, type PooledScope } from './pool.ts';
import { RunningTime } from './runningTime.ts';
import { Removals } from './removals.ts';
import { kindOf, looksForItsRecord, type Section } from './section.ts';
import { Telling } from './telling.ts';
import { Tokens } from './tokens.ts';

type Changing<T> = { -readonly [K in keyof T]: T[K] };

export class Judge {
  /** Sentences; there must be none. */
  readonly violations: string[] = [];
  readonly acquisitions = new Map<string, number>();
  readonly conflicts = new Map<string, number>();
  readonly refusals = new Map<string, number>();
  readonly started = new Set<string>();
  readonly #running = new RunningTime();
  readonly telling = new Telling(this.#running, this.violations);
  readonly tokens = new Tokens(this.violations);
  entries = 0;
  waits = 0;
  renewals = 0;
  expiries = 0;
  diedInside = 0;
  /** Two inside, one of them with a record that somebody outside had deleted and who was not told yet. */
  overlapsAfterRemoval = 0;
  readonly #pool: readonly PooledScope[];
  readonly #inside = new Map<string, Changing<Section>>();
  /** Being killed: from here on whoever comes in is not to blame. */
  readonly #dying = new Set<string>();
  /** Somebody has come in after them; a word of theirs would show that they were alive. */
  readonly #succeeded = new Set<string>();
  /** Offset of the line that says that they are dead. */
  readonly #dead = new Map<string, number>();
  readonly #removals = new Removals();
  /** Offset of the newest line that says that the whole directory is gone, and with it the gate that requests were in. */
  #gateRemovedUntil = -1;

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
        this.#enter(who, rest, at, offset);
        break;
      case 'leave':
        this.#leave(who, first, second, at);
        break;
      case 'wait':
        this.waits++;
        break;
      case 'renewed':
        this.renewals++;
        this.#removals.renew(first);
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
        for (const section of this.#sectionsOf(who)) this.#stopTelling(section, 'untold', at);
        this.#dying.add(who);
        break;
      case 'killed':
        this.#dead.set(who, offset);
        break;
      case 'ended':
        this.#end(who, at);
        break;
      case 'removing':
        this.#removals.announce(first, at, offset);
        break;
      case 'spared':
        this.#removals.spare(first);
        break;
      case 'removing-all':
        this.#gateRemovedUntil = Number.POSITIVE_INFINITY;
        break;
      case 'removed-all':
        this.#gateRemovedUntil = offset;
        break;
      case 'stopping': {
        const section = this.#inside.get(first);
        if (section) section.isStopped = true;
        this.#running.stop(who, at);
        break;
      }
      case 'stopped':
        this.#running.stop(who, at);
        break;
      case 'continued':
        for (const section of this.#sectionsOf(who)) section.isStopped = false;
        this.#running.continue(who, at);
        break;
      default: // what a killed writer left of a line
    }
  }

  #enter(
    who: string,
    [key = '', scope = '', mode, ttl, from = '0', token]: readonly string[],
    at: number,
    offset: number,
  ): void {
    this.entries++;
    add(this.acquisitions, kindOf(who));
    const section: Section = {
      key,
      who,
      scope: this.#pool[Number(scope)] ?? missing(`scope ${scope}`),
      mode: mode === 'shared' ? 'shared' : 'exclusive',
      ttlMs: Number(ttl),
      token: tokenNumber(token),
      from: Number(from),
      enteredAt: offset,
      isBlind: !looksForItsRecord(who) && Number(from) <= this.#gateRemovedUntil,
      isStopped: false,
    };
    this.tokens.enter(section, this.#removals.of(key) ? 'perhaps overtaken' : 'in order');
    for (const other of this.#inside.values()) if (conflict(section, other)) this.#meet(section, other, at);
    this.#inside.set(key, section);
  }

  #meet(section: Section, other: Section, at: number): void {
    if (this.#dying.has(other.who)) {
      this.diedInside++;
      this.#succeeded.add(other.who);
      this.#inside.delete(other.key);
    } else if (this.#mayMeet(section, other)) {
      this.overlapsAfterRemoval++;
    } else {
      const scope = section.scope.parts.map(({ text }) => text).join(', ');
      this.violations.push(
        `${section.who} (${section.key}) entered ${scope} while ${other.who} (${other.key}) was inside, at ${at} ms`,
      );
    }
  }

  /** Why two may be inside although their scopes exclude each other: somebody outside has deleted a record, or the gate. */
  #mayMeet(newcomer: Section, other: Section): boolean {
    if (this.#removals.of(other.key)) return true;
    // Its own record is gone: so only those came in meanwhile who came after that.
    const removal = this.#removals.of(newcomer.key);
    if (removal && removal.offset < other.enteredAt) return true;
    // Each in a gate of its own. Who asked after the other had entered must have seen its record all the same.
    return (newcomer.isBlind || other.isBlind) && newcomer.from <= other.enteredAt;
  }

  #leave(who: string, key: string, how: string, at: number): void {
    const section = this.#inside.get(key);
    this.#inside.delete(key);
    if (!section) {
      this.violations.push(`${who} left ${key}, but was not inside`);
      return;
    }
    // The time of who is being killed was taken when that was announced; this is a last word before it happened.
    if (!this.#dying.has(who)) this.#stopTelling(section, how === 'told' ? 'told' : 'untold', at);
    switch (how) {
      case 'done':
        break;
      case 'expired':
        this.expiries++;
        if (section.ttlMs === 0) this.violations.push(`${key} of ${who} expired, but has no lease`);
        break;
      case 'told':
        if (!this.#removals.of(key))
          this.violations.push(`${who} was told that ${key} is lost, but nobody outside removed it`);
        break;
      default:
        this.violations.push(`${who} left ${key} in a way that nobody knows: ${how}`);
    }
  }

  /** By itself; only who was told, too early to write a word about it, may have left nothing. */
  #end(who: string, at: number): void {
    for (const section of this.#sectionsOf(who)) {
      this.#inside.delete(section.key);
      this.#stopTelling(section, 'untold', at);
      if (!this.#removals.of(section.key)) this.violations.push(`${who} ended inside ${section.key}`);
    }
  }

  /** A request that began when a holder was dead already must not be refused because of it (rule 3). */
  #conflict(who: string, from: number, blockers: string): void {
    add(this.conflicts, kindOf(who));
    for (const blocker of blockers.split(',')) {
      if ((this.#dead.get(blocker) ?? Number.POSITIVE_INFINITY) < from) {
        this.violations.push(`${who} was refused because of ${blocker}, which was dead when it asked`);
      }
    }
  }

  #stopTelling(section: Section, how: 'told' | 'untold', at: number): void {
    this.telling.end(section, this.#removals.of(section.key), how, at);
  }

  #sectionsOf(who: string): readonly Changing<Section>[] {
    return [...this.#inside.values()].filter((section) => section.who === who);
  }
}

/** `loops:N`; undefined where there is none. */
function tokenNumber(token: string | undefined): number | undefined {
  const number = Number(token?.split(':')[1]);
  return Number.isNaN(number) ? undefined : number;
}

function conflict(a: Section, b: Section): boolean {
  return (a.mode === 'exclusive' || b.mode === 'exclusive') && overlap(a.scope, b.scope);
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function missing(what: string): never {
  throw new Error(`There is no ${what}.`);
}
