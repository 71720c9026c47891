/** What the simulated processes do: the shipped rules of acquiring, strung together as `EtcdProtocol` and the gate of a store do. */
import { LockError } from '../../../src/core/errors.ts';
import type { LockId, Mode } from '../../../src/core/lock.ts';
import type { Scope } from '../../../src/core/scope/entry.ts';
import { givingUp, lockKey, standing, take, type Claim } from '../../../src/protocols/etcd/acquire.ts';
import { Keys } from '../../../src/protocols/etcd/keys.ts';
import type { ClusterPort } from '../../../src/protocols/etcd/port.ts';
import { encodeRecord } from '../../../src/protocols/etcd/record.ts';
import { relativeScope } from '../../../src/protocols/etcd/relativeScope.ts';
import type { Committed, LeaseId, Transaction } from '../../../src/protocols/etcd/transaction.ts';
import { View, type KeyEvent } from '../../../src/protocols/etcd/view.ts';
import type { Ask, Program } from './actor.ts';
import type { Mark } from './calls.ts';

export const root = '/w';
export const keys = new Keys('test');

/** So old is what everybody has seen before he begins. */
export const firstView = 1;

export interface Wish {
  readonly scope: Scope;
  readonly mode?: Mode;
  /** Its machine takes names that differ in case for one. */
  readonly folds?: true;
  /** Else each process has its own, and asks nobody who lives there. */
  readonly store?: string;
  /** Else each process has its own. */
  readonly session?: string;
  /** Else each process, and each request of it, has its own. */
  readonly id?: string;
}

interface Held {
  readonly claim: Claim;
  readonly key: string;
  readonly token: number;
  readonly modRevision: number;
  readonly lease: LeaseId;
  readonly isPublished: boolean;
}

/** One process of ours: what it has in hand, and what it can do. */
class Self {
  readonly #ask: Ask;
  readonly #actor: number;
  readonly #view: View;
  readonly #held: Held[] = [];
  readonly #places = new Set<LockId>();
  #requests = 0;

  constructor(ask: Ask, actor: number) {
    this.#ask = ask;
    this.#actor = actor;
    this.#view = new View(keys, root, [], firstView);
  }

  /** Once; or, with `waits`, until it has it. False where it was refused, or could not be told whether it was granted. */
  async acquire(wish: Wish, { waits = false } = {}): Promise<boolean> {
    const claim = this.#claimOf(wish);
    if (wish.store !== undefined && (await this.#ask({ kind: 'publish', claim })) !== true) return false;
    const isHeld = await this.#request(claim, wish.store !== undefined, waits);
    if (!isHeld && wish.store !== undefined) await this.#ask({ kind: 'unpublish', id: claim.id });
    return isHeld;
  }

  /** What another process of its session holds; the store decides, the cluster follows. */
  async takeOver(wish: Wish & { readonly id: string; readonly store: string }): Promise<boolean> {
    const claim = { ...this.#claimOf(wish), takesOver: true };
    if ((await this.#ask({ kind: 'inherit', id: claim.id })) !== true) return false;
    const isHeld = await this.#request(claim, true, false);
    if (!isHeld) await this.#ask({ kind: 'unpublish', id: claim.id });
    return isHeld;
  }

  async write(): Promise<void> {
    for (const { claim, token } of this.#held) await this.#ask({ kind: 'write', claim, token });
  }

  /** As `EtcdProtocol.renew`: the same key, with a new record. */
  async renew(): Promise<void> {
    for (const [index, held] of this.#held.entries()) {
      const { claim, key, modRevision, lease } = held;
      if ((await this.#lease()) !== lease) continue;
      const outcome = await this.#try({
        compare: [{ kind: 'modified-at', key, revision: modRevision }],
        changes: [{ kind: 'put', key, value: encodeRecord(claim.record), lease }],
        otherwise: [{ key }],
      });
      if (outcome?.kind === 'committed') this.#held[index] = { ...held, modRevision: outcome.revision };
    }
  }

  async release(): Promise<void> {
    for (const held of this.#held.splice(0)) {
      await this.#mark({ kind: 'let-go', id: held.claim.id });
      if ((await this.#lease()) === held.lease) await this.#try(givingUp(held.key, held.lease));
      if (held.isPublished) await this.#ask({ kind: 'unpublish', id: held.claim.id });
    }
  }

  async #request(claim: Claim, asksWhoLives: boolean, waits: boolean): Promise<boolean> {
    const port = this.#port(asksWhoLives);
    try {
      for (;;) {
        const outcome = await take(claim, port, keys);
        if (outcome.kind === 'taken') {
          this.#places.delete(claim.id);
          const { createRevision: token, modRevision, lease } = outcome;
          if ((await this.#lease()) !== lease) return false; // too late, by our own clocks
          await this.#mark({ kind: 'granted', claim, token, modRevision, lease });
          this.#held.push({ claim, key: lockKey(claim, keys), token, modRevision, lease, isPublished: asksWhoLives });
          return true;
        }
        const [obstacle] = [...outcome.locks, ...outcome.ahead];
        await this.#mark({ kind: 'blocked', claim, obstacle });
        if (!waits) return false;
        if (!this.#places.has(claim.id)) {
          this.#places.add(claim.id);
          await this.#commit(standing(claim, await this.#lease(), keys));
        }
        await this.#ask({ kind: 'sleep' });
      }
    } catch (error) {
      if (!(error instanceof LockError)) throw error;
      await this.#mark({ kind: 'failed', message: error.message });
      return false;
    }
  }

  #port(asksWhoLives: boolean): ClusterPort {
    return {
      view: async (_epochs, atLeast) => {
        const events = (await this.#ask({ kind: 'view', atLeast })) as readonly KeyEvent[];
        this.#view.apply(events);
        return this.#view;
      },
      commit: (transaction) => this.#commit(transaction),
      lease: () => this.#lease(),
      living: () => (asksWhoLives ? this.#living() : undefined),
    };
  }

  async #living(): Promise<ReadonlySet<LockId>> {
    return new Set((await this.#ask({ kind: 'living' })) as readonly LockId[]);
  }

  async #commit(transaction: Transaction): Promise<Committed> {
    return (await this.#ask({ kind: 'commit', transaction })) as Committed;
  }

  /** What fails here goes with the lease. */
  async #try(transaction: Transaction): Promise<Committed | undefined> {
    try {
      return await this.#commit(transaction);
    } catch (error) {
      if (!(error instanceof LockError)) throw error;
      return undefined;
    }
  }

  async #lease(): Promise<LeaseId> {
    return (await this.#ask({ kind: 'lease' })) as LeaseId;
  }

  async #mark(mark: Mark): Promise<void> {
    await this.#ask({ kind: 'mark', mark });
  }

  #claimOf({ scope, mode = 'exclusive', folds, store, session, id }: Wish): Claim {
    const name = `p${this.#actor}`;
    return {
      id: (id ?? `${name}.${this.#requests++}`) as LockId,
      takesOver: false,
      record: {
        name,
        entries: relativeScope(scope, root),
        scope,
        folds: folds === true,
        mode,
        session: session ?? `session of ${name}`,
        store: store ?? `store of ${name}`,
        root,
        user: 'u',
        host: 'h',
        pid: this.#actor,
        acquiredAt: 0,
      },
    };
  }
}

export function ours(program: (self: Self) => Promise<void>): Program {
  return async (ask, actor) => {
    await program(new Self(ask, actor));
  };
}

/** It lives on. */
export function lingering(program: (self: Self) => Promise<void>): Program {
  return async (ask, actor) => {
    await program(new Self(ask, actor));
    await ask({ kind: 'linger' });
  };
}
