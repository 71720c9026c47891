/**
 * etcd as far as transactions of locks can tell, held against the real one by `test/etcd/simulatedEtcd.test.ts`: one
 * revision for all keys, which each change raises by one however many keys it touches. Immutable, so that a state can be
 * gone back to.
 */
import { LockError } from '../../../src/core/errors.ts';
import type {
  Change,
  Committed,
  Compare,
  KeyValue,
  LeaseId,
  Transaction,
} from '../../../src/protocols/etcd/transaction.ts';
import type { KeyEvent } from '../../../src/protocols/etcd/view.ts';

/** etcd's default (`--max-txn-ops`), for each part of a transaction. */
const mostOperations = 128;

/** Of an empty cluster. */
const firstRevision = 1;

export class SimulatedEtcd {
  readonly revision: number;
  readonly pairs: ReadonlyMap<string, KeyValue>;
  readonly #leases: ReadonlySet<LeaseId>;
  /** All that ever changed, in order: what a watch tells. */
  readonly #events: readonly KeyEvent[];
  #key: string | undefined;

  constructor(
    revision = firstRevision,
    pairs: ReadonlyMap<string, KeyValue> = new Map(),
    leases: ReadonlySet<LeaseId> = new Set(),
    events: readonly KeyEvent[] = [],
  ) {
    this.revision = revision;
    this.pairs = pairs;
    this.#leases = leases;
    this.#events = events;
  }

  granted(lease: LeaseId): SimulatedEtcd {
    return new SimulatedEtcd(this.revision, this.pairs, new Set([...this.#leases, lease]), this.#events);
  }

  hasLease(lease: LeaseId): boolean {
    return this.#leases.has(lease);
  }

  keysOf(lease: LeaseId): readonly string[] {
    return [...this.pairs.values()].filter((pair) => pair.lease === lease).map(({ key }) => key);
  }

  /** Run out or revoked: all its keys go at one revision. */
  ended(lease: LeaseId): SimulatedEtcd {
    const leases = new Set(this.#leases);
    leases.delete(lease);
    const changes = this.keysOf(lease).map((key): Change => ({ kind: 'delete', key }));
    return this.#changed(changes, leases);
  }

  /** What was put and deleted after one revision, up to another. */
  eventsBetween(after: number, upTo: number): readonly KeyEvent[] {
    return this.#events.filter((event) => {
      const revision = revisionOf(event);
      return revision > after && revision <= upTo;
    });
  }

  /** @throws LockError `etcd-refused` where the real one answers with an error */
  commit({ compare, changes, otherwise }: Transaction): { readonly after: SimulatedEtcd; readonly answer: Committed } {
    if ([compare, changes, otherwise].some(({ length }) => length > mostOperations))
      throw refused('too many operations in txn request');
    if (!compare.every((each) => this.#holds(each))) {
      const found = otherwise.flatMap(({ key, end }) => this.#newestOf(key, end));
      return { after: this, answer: { kind: 'refused', revision: this.revision, found } };
    }
    for (const change of changes) {
      const lease = change.kind === 'put' ? change.lease : undefined;
      if (lease !== undefined && !this.#leases.has(lease)) throw refused('requested lease not found');
    }
    const after = this.#changed(changes, this.#leases);
    return { after, answer: { kind: 'committed', revision: after.revision } };
  }

  /** Equal for clusters with equal futures: what has been told to everybody does not count. */
  keySince(revision: number): string {
    this.#key ??= JSON.stringify([
      this.revision,
      [...this.pairs.values()].map((pair) => Object.values(pair) as unknown[]).sort(),
      [...this.#leases].sort(),
    ]);
    return this.#key + JSON.stringify(this.eventsBetween(revision, this.revision));
  }

  #holds(compare: Compare): boolean {
    const pair = this.pairs.get(compare.key);
    switch (compare.kind) {
      case 'absent':
        return pair === undefined;
      case 'modified-at':
        return (pair?.modRevision ?? 0) === compare.revision;
      case 'under-lease':
        return pair?.lease === compare.lease;
      case 'unchanged-since':
        // etcd compares each key of a range, so an empty one is unchanged.
        return this.#within(compare.key, compare.end).every(({ modRevision }) => modRevision <= compare.revision);
    }
  }

  /** One key, or of a range what was modified last; without values, as `Committed` promises no more. */
  #newestOf(key: string, end: string | undefined): readonly KeyValue[] {
    const inOrder = this.#within(key, end).toSorted((a, b) => b.modRevision - a.modRevision);
    return inOrder.slice(0, 1);
  }

  #within(key: string, end: string | undefined): readonly KeyValue[] {
    return [...this.pairs.values()].filter((pair) =>
      end === undefined ? pair.key === key : pair.key >= key && pair.key < end,
    );
  }

  #changed(changes: readonly Change[], leases: ReadonlySet<LeaseId>): SimulatedEtcd {
    const revision = this.revision + 1;
    const pairs = new Map(this.pairs);
    const events: KeyEvent[] = [];
    for (const change of changes) {
      const before = pairs.get(change.key);
      if (change.kind === 'put') {
        const { key, value, lease } = change;
        const createRevision = before?.createRevision ?? revision;
        const pair: KeyValue = { key, value, createRevision, modRevision: revision, lease };
        pairs.set(key, pair);
        events.push({ kind: 'put', pair });
      } else if (before) {
        pairs.delete(change.key);
        events.push({ kind: 'delete', key: change.key, modRevision: revision });
      }
    }
    if (events.length === 0) return new SimulatedEtcd(this.revision, this.pairs, leases, this.#events);
    return new SimulatedEtcd(revision, pairs, leases, [...this.#events, ...events]);
  }
}

function revisionOf(event: KeyEvent): number {
  return event.kind === 'put' ? event.pair.modRevision : event.modRevision;
}

function refused(what: string): LockError {
  return new LockError('etcd-refused', `The etcd server refused: ${what}.`, '');
}
