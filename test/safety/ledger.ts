/** Who holds what, as the holders themselves believe; and the rules of DESIGN 6.1 that each step is held against. */
import type { Mark } from './operations.ts';

interface Holder {
  readonly id: string;
  readonly pid: number;
  readonly path: string;
  readonly shared: boolean;
  /** Its record was removed by force, or by somebody who takes no part: it is told when it looks (rule 1). */
  readonly isRobbed: boolean;
}

/** Those who share may come in another order than that of their tokens: neither can be the other's late writer. */
interface Granted {
  readonly path: string;
  readonly shared: boolean;
  readonly token: number;
}

/** What can be seen of the store at the moment of a mark. */
export interface Facts {
  readonly dead: readonly number[];
  /** One that names this process, or any. */
  readonly hasRecord: (id: string, pid?: number) => boolean;
}

export class Violation extends Error {}

/** Stands among the forced for all of them. */
const vandal = 'everything';

/** Immutable. */
export class Ledger {
  readonly holders: readonly Holder[];
  /** The largest token that was given out for each claim. */
  readonly tokens: readonly Granted[];
  /** Locks that somebody decided to remove, perhaps before their holders knew that they had them. */
  readonly forced: ReadonlySet<string>;
  /** Who had died already when a process began its request, by that process. */
  readonly deadBefore: ReadonlyMap<number, readonly number[]>;
  /** Locks that were released. */
  readonly released: ReadonlySet<string>;
  /** Those that were when a process began its request, by that process. */
  readonly releasedBefore: ReadonlyMap<number, ReadonlySet<string>>;

  constructor(
    holders: readonly Holder[] = [],
    tokens: readonly Granted[] = [],
    forced: ReadonlySet<string> = new Set(),
    deadBefore: ReadonlyMap<number, readonly number[]> = new Map(),
    released: ReadonlySet<string> = new Set(),
    releasedBefore: ReadonlyMap<number, ReadonlySet<string>> = new Map(),
  ) {
    this.released = released;
    this.releasedBefore = releasedBefore;
    this.holders = holders;
    this.tokens = tokens;
    this.forced = forced;
    this.deadBefore = deadBefore;
  }

  key(): string {
    return `${this.tokens.map(({ path, shared, token }) => `${path} ${shared} ${token}`).join()};${this.holders
      .map(({ id, isRobbed }) => `${id}${isRobbed ? '!' : ''}`)
      .sort()
      .join()};${[...this.forced].sort().join()};${[...this.deadBefore].sort().join()};${[...this.releasedBefore].map(([pid, { size }]) => `${pid} ${size}`).join()}`;
  }

  holder(id: string): Holder | undefined {
    return this.holders.find((each) => each.id === id);
  }

  /** @throws Violation */
  note(mark: Mark, pid: number, { dead, hasRecord }: Facts): Ledger {
    switch (mark.kind) {
      case 'entered':
        return this.#enter(mark, pid, hasRecord(mark.id));
      case 'taken-over':
        return this.#takeOver(mark, pid, hasRecord(mark.id, pid));
      case 'lost':
        if (!mark.isExplained && !this.isVandalized)
          throw new Violation(`${mark.id} was lost, and its holder is not told by whom`);
        return this.#without(({ id, pid: holder }) => id === mark.id && holder === pid);
      case 'left':
        return this.#without(({ id, pid: holder }) => id === mark.id && holder === pid);
      case 'released':
        if (hasRecord(mark.id, pid) && !this.forced.has(vandal))
          throw new Violation(`${mark.id} was released, and has a record`);
        return this.#with({ released: new Set([...this.released, mark.id]) });
      case 'told-of-deadlock':
        throw new Violation(`process ${pid} was told of a deadlock, and there is none`);
      case 'renewed':
        if (hasRecord(mark.id, pid)) this.#mayRenew(mark.id, pid);
        else if (!this.forced.has(vandal)) throw new Violation(`${mark.id} was renewed without a record`);
        return this;
      case 'forcing':
        return this.#with({ forced: new Set([...this.forced, mark.id]) }).rob(mark.id);
      case 'trying':
        return this.#with({
          deadBefore: new Map(this.deadBefore).set(pid, dead),
          releasedBefore: new Map(this.releasedBefore).set(pid, this.released),
        });
      case 'refused':
        this.#mayRefuse(mark.by, pid);
        return this;
      case 'gave-up':
        if (!this.holders.some((holder) => conflicts(holder, mark))) {
          throw new Violation(`a waiter gave up although nobody holds ${mark.path}`);
        }
        return this;
    }
  }

  /** Who holds what stands in the way of this claim of a process. */
  rivalOf(claim: { readonly path: string; readonly shared: boolean }, pid: number): Holder | undefined {
    return this.holders.find((holder) => !holder.isRobbed && holder.pid !== pid && conflicts(holder, claim));
  }

  handedTo(id: string, pid: number): Ledger {
    return this.#with({ holders: this.holders.map((holder) => (holder.id === id ? { ...holder, pid } : holder)) });
  }

  /** A process has died: what it held, nobody holds. */
  buried(pid: number): Ledger {
    return this.#without((holder) => holder.pid === pid);
  }

  rob(id: string): Ledger {
    return this.#with({
      holders: this.holders.map((holder) => (isNamed(holder, id) ? { ...holder, isRobbed: true } : holder)),
    });
  }

  #with(changes: Partial<Ledger>): Ledger {
    const {
      holders = this.holders,
      tokens = this.tokens,
      forced = this.forced,
      deadBefore = this.deadBefore,
      released = this.released,
      releasedBefore = this.releasedBefore,
    } = changes;
    return new Ledger(holders, tokens, forced, deadBefore, released, releasedBefore);
  }

  /** Rule 3: the dead refuse nobody, nor does what was given back. And what is not there refuses nobody either. */
  #mayRefuse(by: Extract<Mark, { kind: 'refused' }>['by'], pid: number): void {
    const dead = this.deadBefore.get(pid) ?? [];
    for (const { id, pid: holder } of by) {
      if (holder !== undefined && dead.includes(holder))
        throw new Violation(`refused by ${id} of the dead process ${holder}`);
      if (this.releasedBefore.get(pid)?.has(id)) throw new Violation(`refused by ${id}, which had been released`);
      if (id.startsWith('wlock-')) throw new Violation(`refused by ${id}, which could not be read`);
    }
  }

  get isVandalized(): boolean {
    return this.forced.has(vandal);
  }

  /** From now on records may be gone that nobody was told of. */
  vandalized(): Ledger {
    return this.#with({ forced: new Set([...this.forced, vandal]) });
  }

  #enter({ id, path, shared, token }: Extract<Mark, { kind: 'entered' }>, pid: number, hasRecord: boolean): Ledger {
    const isRobbed = !hasRecord && (this.forced.has(id) || this.forced.has(vandal));
    if (!hasRecord && !isRobbed) throw new Violation(`${id} was granted without a record`);
    // Removed before it came to know that it was granted; it will be told.
    if (isRobbed) return this.#with({ holders: [...this.holders, { id, pid, path, shared, isRobbed }] });
    const rival = this.rivalOf({ path, shared }, pid);
    if (rival) throw new Violation(`two holders: ${rival.id} of ${rival.path}, and ${id} of ${path}`);
    const later = this.tokens.find(
      (granted) => token !== 0 && conflicts(granted, { path, shared }) && token <= granted.token,
    );
    if (later) throw new Violation(`token ${token} after ${later.token}`);
    const holder: Holder = { id, pid, path, shared, isRobbed: this.forced.has(id) };
    return this.#with({ holders: [...this.holders, holder], tokens: this.#noted({ path, shared, token }) });
  }

  /** The lock stays what it is, and only its process is another one. Who has lost it by force meanwhile is told later. */
  #takeOver(mark: Extract<Mark, { kind: 'taken-over' }>, pid: number, hasRecord: boolean): Ledger {
    const { id, path, shared, token } = mark;
    const isRobbed = this.forced.has(id) || this.isVandalized;
    if (!hasRecord && !isRobbed) throw new Violation(`${id} was taken over without a record`);
    const others = this.holders.filter((holder) => holder.id !== id);
    const rival = others.find((holder) => !holder.isRobbed && conflicts(holder, mark));
    if (rival && !isRobbed) throw new Violation(`two holders: ${rival.id} of ${rival.path}, and ${id}, taken over`);
    const later = this.tokens.find((granted) => conflicts(granted, mark) && token < granted.token);
    if (later && !isRobbed) throw new Violation(`token ${token}, taken over, after ${later.token}`);
    return this.#with({
      holders: [...others, { id, pid, path, shared, isRobbed }],
      ...(later ? {} : { tokens: this.#noted({ path, shared, token }) }),
    });
  }

  #noted(granted: Granted): readonly Granted[] {
    const isSame = ({ path, shared }: Granted): boolean => path === granted.path && shared === granted.shared;
    return [...this.tokens.filter((each) => !isSame(each)), granted].sort((a, b) => a.token - b.token);
  }

  /** A holder whose lock went to somebody else must not have it back. */
  #mayRenew(id: string, pid: number): void {
    const own = this.holder(id);
    if (!own) return;
    if (own.pid !== pid) throw new Violation(`${id} was renewed beside process ${own.pid}, which has taken it over`);
    const rival = this.holders.find((holder) => holder !== own && !holder.isRobbed && conflicts(holder, own));
    if (rival) throw new Violation(`${id} was renewed beside ${rival.id}`);
  }

  #without(isGone: (holder: Holder) => boolean): Ledger {
    return this.#with({ holders: this.holders.filter((holder) => !isGone(holder)) });
  }
}

/** little-loops' locks are known by their file's name alone, which may be used again. */
function isNamed({ id: own }: Holder, id: string): boolean {
  return own === id || own.startsWith(`${id}#`);
}

/** Whether only one of the two may hold what it claims. */
export function conflicts(a: { readonly path: string; readonly shared: boolean }, b: typeof a): boolean {
  if (a.shared && b.shared) return false;
  return a.path === b.path || a.path.startsWith(`${b.path}/`) || b.path.startsWith(`${a.path}/`);
}
