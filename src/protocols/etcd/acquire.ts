/**
 * Start here: how a lock is taken in a cluster. A look, then one transaction that holds only if nothing that could be in
 * the way has come since (`epochs.ts`). Its revision is the fencing token.
 */
import type { LockId } from '../../core/lock.ts';
import { scopesOverlap } from '../../core/scope/overlap.ts';
import { epochsOf, everywhere, type Epochs } from './epochs.ts';
import type { Keys } from './keys.ts';
import type { ClusterPort } from './port.ts';
import { encodeRecord, type ClusterRecord } from './record.ts';
import type { Change, Compare, LeaseId, Transaction } from './transaction.ts';
import type { Placed } from './view.ts';

export interface Claim {
  readonly id: LockId;
  readonly record: ClusterRecord;
}

export interface Obstacles {
  readonly locks: readonly Placed[];
  /** Of other stores, and earlier; looked for only where no lock stops the claim. */
  readonly ahead: readonly Placed[];
}

export type Taking =
  | {
      readonly kind: 'taken';
      /** Of the key: the fencing token, which stays over renewals and transfers. */
      readonly createRevision: number;
      readonly modRevision: number;
      readonly lease: LeaseId;
    }
  | ({ readonly kind: 'blocked' } & Obstacles);

/** What a look has found. */
interface Sight extends Obstacles {
  readonly revision: number;
  /** Left by the dead of our own store: the gate there has let somebody in where they stood. */
  readonly left: readonly Placed[];
  /** The very lock, to be taken over from another process. */
  readonly former: Placed | undefined;
}

export async function take(claim: Claim, port: ClusterPort, keys: Keys): Promise<Taking> {
  const epochs = epochsOf(claim.record.entries);
  for (let atLeast = 0; ;) {
    const sight = await look(claim, epochs, port, keys, atLeast);
    const [obstacle] = [...sight.locks, ...sight.ahead];
    if (obstacle) {
      // What we look at may lag behind: nobody is refused for what has gone.
      const still = await port.commit({ compare: [isStill(obstacle)], changes: [], otherwise: [] });
      if (still.kind === 'committed') return { kind: 'blocked', locks: sight.locks, ahead: sight.ahead };
      atLeast = still.revision;
      continue;
    }
    for (const placed of sight.left) await port.commit(removal(placed));
    // Between the look and the commit others may come; the comparisons refuse it then, and we look again.
    const lease = await port.lease();
    const outcome = await port.commit(taking(claim, epochs, sight, lease, keys));
    if (outcome.kind === 'committed') {
      const { revision } = outcome;
      return { kind: 'taken', createRevision: sight.former?.createRevision ?? revision, modRevision: revision, lease };
    }
    const own = outcome.found.find(({ key }) => key === keys.lock(claim.id));
    // It was committed, but what said so got lost, so that it was sent again.
    if (own?.lease === lease && own.modRevision > sight.revision)
      return { kind: 'taken', createRevision: own.createRevision, modRevision: own.modRevision, lease };
    atLeast = Math.max(sight.revision, ...outcome.found.map(({ modRevision }) => modRevision));
  }
}

/** What is in the way of a claim, which has a place in the line or none yet. */
export async function obstaclesOf(claim: Claim, port: ClusterPort, keys: Keys): Promise<Obstacles> {
  const { locks, ahead } = await look(claim, epochsOf(claim.record.entries), port, keys, 0);
  return { locks, ahead };
}

/** Whoever waits tells it, so that those who come later let him go first; his place is where he came first. */
export function standing({ id, record }: Claim, lease: LeaseId, keys: Keys): Transaction {
  const key = keys.waiter(id);
  return {
    compare: [{ kind: 'absent', key }],
    changes: [{ kind: 'put', key, value: encodeRecord(record), lease }],
    otherwise: [{ key }],
  };
}

/** Deletes this and nothing that has come in its place. */
export function removal(placed: Pick<Placed, 'key' | 'modRevision'>): Transaction {
  return { compare: [isStill(placed)], changes: [{ kind: 'delete', key: placed.key }], otherwise: [] };
}

/** Gives back what we put, and nothing that has been taken over since. */
export function givingUp(key: string, lease: LeaseId): Transaction {
  return { compare: [{ kind: 'under-lease', key, lease }], changes: [{ kind: 'delete', key }], otherwise: [] };
}

function isStill({ key, modRevision }: Pick<Placed, 'key' | 'modRevision'>): Compare {
  return { kind: 'modified-at', key, revision: modRevision };
}

async function look(claim: Claim, epochs: Epochs, port: ClusterPort, keys: Keys, atLeast: number): Promise<Sight> {
  const view = await port.view(atLeast);
  const { revision } = view;
  const former = view.lock(claim.id);
  // Who has the lock waits for nobody: those who wait, wait for it.
  const place = former ? 0 : (view.find(keys.waiter(claim.id))?.createRevision ?? Infinity);
  const inTheWay = view.near(epochs).filter((other) => isInTheWay(claim, other, place));
  const locks = inTheWay.filter(({ kind }) => kind === 'lock');
  // Asked after the look, which goes on changing: a lock of our store stands in that before it comes here, and goes from
  // here before it goes there. So what has been seen here, and does not live there, was left.
  const living = await port.living();
  const isOurs = ({ record }: Placed): boolean => living !== undefined && record?.store === claim.record.store;
  const blocking = locks.filter((lock) => !isOurs(lock));
  return {
    revision,
    former,
    locks: blocking,
    left: locks.filter((lock) => isOurs(lock) && living?.has(lock.id) === false),
    ahead: blocking.length > 0 ? [] : inTheWay.filter((other) => other.kind === 'waiter' && !isOurs(other)),
  };
}

function isInTheWay(claim: Claim, other: Placed, place: number): boolean {
  const { record } = other;
  if (other.kind === 'waiter') {
    return (
      other.id !== claim.id && other.createRevision < place && record !== undefined && compete(claim.record, record)
    );
  }
  // Its own it has only where it is taken over; no other request has this id.
  if (other.id === claim.id) return false;
  return record === undefined || compete(claim.record, record);
}

/** Whether only one of the two can be granted. Where one machine takes two spellings for one file, both are taken so. */
export function compete(
  a: Pick<ClusterRecord, 'mode' | 'scope' | 'folds'>,
  b: Pick<ClusterRecord, 'mode' | 'scope' | 'folds'>,
): boolean {
  if (a.mode === 'shared' && b.mode === 'shared') return false;
  return scopesOverlap(a.scope, b.scope, { fold: a.folds || b.folds }) !== undefined;
}

function taking(claim: Claim, epochs: Epochs, { revision, former }: Sight, lease: LeaseId, keys: Keys): Transaction {
  const { id, record } = claim;
  const key = keys.lock(id);
  const guards = guardsOf(epochs, keys);
  return {
    compare: [
      former ? { kind: 'modified-at', key, revision: former.modRevision } : { kind: 'absent', key },
      ...guards.map((guard): Compare => ({ kind: 'unchanged-since', ...guard, revision })),
    ],
    changes: [
      { kind: 'put', key, value: encodeRecord(record), lease },
      { kind: 'delete', key: keys.waiter(id) },
      ...bumps(epochs, keys),
    ],
    otherwise: [{ key }, ...guards],
  };
}

function guardsOf(epochs: Epochs, keys: Keys): readonly { readonly key: string; readonly end?: string }[] {
  if (epochs.kind === 'all') return [keys.epochs];
  return [everywhere, ...epochs.names].map((name) => ({ key: keys.epoch(name) }));
}

function bumps(epochs: Epochs, keys: Keys): readonly Change[] {
  const names = epochs.kind === 'all' ? [everywhere] : epochs.names;
  return names.map((name) => ({ kind: 'put', key: keys.epoch(name), value: '' }));
}
