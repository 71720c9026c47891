/** Locks and waiters of a namespace, all or those near a scope, as they stood at one revision of the cluster. */
import type { LockId } from '../../core/lock.ts';
import type { Epochs } from './epochs.ts';
import type { Keys } from './keys.ts';
import { readRecord, type ClusterRecord, type ReadRecord } from './record.ts';
import type { KeyValue, LeaseId } from './transaction.ts';

export interface Placed {
  readonly kind: 'lock' | 'waiter';
  readonly id: LockId;
  readonly key: string;
  /** See `Keys.read`. */
  readonly group: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly lease: LeaseId | undefined;
  readonly record: ClusterRecord | undefined;
  /** Why there is no record; it may then be about anything. */
  readonly problem: string;
}

export type KeyEvent =
  | { readonly kind: 'put'; readonly pair: KeyValue }
  | { readonly kind: 'delete'; readonly key: string; readonly modRevision: number };

export class View {
  readonly #keys: Keys;
  readonly #root: string;
  /** Of epochs and the like, too. */
  readonly #all = new Set<string>();
  readonly #placed = new Map<string, Placed>();
  /** By group of keys, so that a request looks at its neighbours only: ten thousand locks are not in its way. */
  readonly #groups = new Map<string, Set<Placed>>();
  #revision: number;

  /** @param root of whoever looks */
  constructor(keys: Keys, root: string, pairs: readonly KeyValue[], revision: number) {
    this.#keys = keys;
    this.#root = root;
    this.#revision = revision;
    for (const pair of pairs) this.#put(pair);
  }

  /** Nothing that was put up to here is missing. */
  get revision(): number {
    return this.#revision;
  }

  /** How many keys there are, whatever they are about. */
  get size(): number {
    return this.#all.size;
  }

  get all(): readonly Placed[] {
    return [...this.#placed.values()];
  }

  find(key: string): Placed | undefined {
    return this.#placed.get(key);
  }

  /** All that may overlap a scope with these epochs, and perhaps more. */
  near(epochs: Epochs): readonly Placed[] {
    return this.#keys.groupsNear(epochs)?.flatMap((group) => [...(this.#groups.get(group) ?? [])]) ?? this.all;
  }

  /**
   * The revision grows only to that of the newest event: a watch that lags behind says in its header how far the cluster
   * is, and not how far it has told.
   */
  apply(events: readonly KeyEvent[]): void {
    const known = this.#revision;
    for (const event of events) {
      const { modRevision } = event.kind === 'put' ? event.pair : event;
      if (modRevision <= known) continue; // it was read already, and perhaps what came after it
      if (event.kind === 'put') this.#put(event.pair);
      else this.#remove(event.key);
      this.#revision = Math.max(this.#revision, modRevision);
    }
  }

  #put({ key, value, createRevision, modRevision, lease }: KeyValue): void {
    this.#remove(key);
    this.#all.add(key);
    const about = this.#keys.read(key);
    if (!about) return; // an epoch
    const read = this.#read(key, about, value);
    const placed: Placed = {
      ...about,
      key,
      createRevision,
      modRevision,
      lease,
      ...(read.kind === 'record' ? { record: read.record, problem: '' } : { record: undefined, problem: read.problem }),
    };
    this.#placed.set(key, placed);
    this.#groups.set(placed.group, (this.#groups.get(placed.group) ?? new Set()).add(placed));
  }

  /** One that lies where nobody with its scope looks would be seen by some, and not by others. */
  #read(key: string, { kind, id }: Pick<Placed, 'kind' | 'id'>, value: string): ReadRecord {
    const read = readRecord(value, this.#root);
    if (read.kind === 'unreadable' || kind === 'waiter' || this.#keys.lock(id, read.record.entries) === key)
      return read;
    return { kind: 'unreadable', problem: 'its scope is not that of its key' };
  }

  #remove(key: string): void {
    this.#all.delete(key);
    const placed = this.#placed.get(key);
    if (!placed) return;
    this.#placed.delete(key);
    const group = this.#groups.get(placed.group);
    group?.delete(placed);
    if (group?.size === 0) this.#groups.delete(placed.group);
  }
}
