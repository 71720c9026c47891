/** Who holds what, as the holders themselves believe; and the rules that each step is held against. */
import { scopesOverlap } from '../../../src/core/scope/overlap.ts';
import type { LockId } from '../../../src/core/lock.ts';
import type { Claim } from '../../../src/protocols/etcd/acquire.ts';
import type { LeaseId } from '../../../src/protocols/etcd/transaction.ts';
import { Violation } from '../ledger.ts';

export interface Holder {
  readonly actor: number;
  readonly claim: Claim;
  readonly token: number;
  readonly lease: LeaseId;
}

/** What was given out, or shown to something that refuses older tokens. */
interface Shown {
  readonly claim: Claim;
  readonly token: number;
}

/** Not the shipped comparison, which is among what is tried. */
export function clash({ record: a }: Claim, { record: b }: Claim): boolean {
  if (a.mode === 'shared' && b.mode === 'shared') return false;
  return scopesOverlap(a.scope, b.scope, { fold: a.folds || b.folds }) !== undefined;
}

/** Immutable. */
export class Ledger {
  readonly holders: readonly Holder[];
  readonly #granted: readonly Shown[];
  readonly #written: readonly Shown[];

  constructor(holders: readonly Holder[] = [], granted: readonly Shown[] = [], written: readonly Shown[] = []) {
    this.holders = holders;
    this.#granted = granted;
    this.#written = written;
  }

  key(): string {
    const shown = (list: readonly Shown[]): string => list.map(({ claim, token }) => `${claim.id}:${token}`).join();
    return `${this.holders.map(({ actor, claim, lease }) => `${actor}:${claim.id}:${lease}`).join()}|${shown(this.#granted)}|${shown(this.#written)}`;
  }

  believes(actor: number, id: LockId): boolean {
    return this.holders.some((holder) => holder.actor === actor && holder.claim.id === id);
  }

  granted(holder: Holder): Ledger {
    const { actor, claim, token } = holder;
    const other = this.holders.find((each) => clash(each.claim, claim));
    if (other) throw new Violation(`two holders: process ${other.actor} and process ${actor}`);
    const rest = this.#granted.filter((earlier) => earlier.claim.id !== claim.id);
    const newer = rest.find((earlier) => clash(earlier.claim, claim) && earlier.token >= token);
    if (newer) throw new Violation(`the token of process ${actor} is ${token}, after one of ${newer.token}`);
    const same = this.#granted.find((earlier) => earlier.claim.id === claim.id);
    if (same && same.token > token) throw new Violation(`the token of process ${actor} has shrunk`);
    return new Ledger([...this.holders, holder], [...rest, { claim, token }], this.#written);
  }

  /** Let go, or handed to another process of its session, or lost by its own clocks, or dead. */
  without(isOver: (holder: Holder) => boolean): Ledger {
    const holders = this.holders.filter((holder) => !isOver(holder));
    return holders.length === this.holders.length ? this : new Ledger(holders, this.#granted, this.#written);
  }

  /** Something refuses whoever has an older token than it has seen, for what overlaps. */
  wrote(actor: number, claim: Claim, token: number): Ledger {
    const isRefused = this.#written.some((earlier) => clash(earlier.claim, claim) && earlier.token > token);
    const isHolder = this.believes(actor, claim.id);
    if (isRefused && isHolder) throw new Violation(`process ${actor} holds, and its token is refused`);
    if (isRefused) return this;
    // A lock keeps its token when another process of its session takes it over: the two are one for whom they write to.
    const isOfAnother = ({ claim: { id } }: Shown): boolean =>
      id !== claim.id && this.holders.some((holder) => holder.claim.id === id);
    const successor = this.#written.find((earlier) => isOfAnother(earlier) && clash(earlier.claim, claim));
    if (successor && !isHolder) throw new Violation(`process ${actor} wrote late, beside a holder who has written`);
    const rest = this.#written.filter((earlier) => earlier.claim.id !== claim.id);
    return new Ledger(this.holders, this.#granted, [...rest, { claim, token }]);
  }
}
