/** Rules about what stands in the cluster. */
import { readRecord } from '../../../src/protocols/etcd/record.ts';
import { lockKey, type Claim } from '../../../src/protocols/etcd/acquire.ts';
import type { KeyValue } from '../../../src/protocols/etcd/transaction.ts';
import { Violation } from '../ledger.ts';
import { clash } from './ledger.ts';
import { keys, root } from './programs.ts';
import type { SimulatedEtcd } from './simulatedEtcd.ts';
import type { World } from './world.ts';

interface Standing {
  readonly kind: 'lock' | 'waiter';
  readonly claim: Claim;
  readonly pair: KeyValue;
}

/** @throws Violation where a change deletes, or takes over, what a living process holds */
export function assertNothingTaken({ ledger }: World, after: SimulatedEtcd, actor: number | undefined): void {
  for (const holder of ledger.holders) {
    if (holder.actor === actor) continue;
    const lease = after.pairs.get(lockKey(holder.claim, keys))?.lease;
    if (lease === holder.lease) continue;
    const who = actor === undefined ? 'what came late' : `process ${actor}`;
    throw new Violation(`${who} removed the lock of process ${holder.actor}, which lives`);
  }
}

/**
 * @throws Violation where somebody is granted what another waits for, whom it has seen, and who came before it. Who takes a
 * lock over from its own session is asked nothing: others wait for that very lock.
 */
export function assertNobodyOvertaken(world: World, index: number, claim: Claim): void {
  const told = world.actors[index]?.told ?? 0;
  const own = world.cluster.pairs.get(lockKey(claim, keys));
  if (own?.createRevision !== own?.modRevision) return;
  const place = placeSeen(world.cluster, keys.waiter(claim.id), told);
  for (const other of standing(world, 'waiter')) {
    const { createRevision } = other.pair;
    const wasSeenAhead = createRevision <= told && createRevision < place;
    const isOfItsStore = other.claim.record.store === claim.record.store; // these have a queue of their own
    if (wasSeenAhead && !isOfItsStore && clash(other.claim, claim))
      throw new Violation(`process ${index} has overtaken process ${other.claim.record.pid}`);
  }
}

/** Where somebody stood in the line when it looked; the lock itself has ended that. */
function placeSeen(cluster: SimulatedEtcd, key: string, told: number): number {
  const last = cluster
    .eventsBetween(0, told)
    .findLast((event) => (event.kind === 'put' ? event.pair.key : event.key) === key);
  return last?.kind === 'put' ? last.pair.createRevision : Infinity;
}

/** @throws Violation where a lock that the dead of its store left, before the gate let it in, stands beside one that was granted */
export function assertNothingDeadStands(world: World, claim: Claim): void {
  const dead = world.published.find(
    (each) =>
      each.claim.record.store === claim.record.store &&
      each.claim.id !== claim.id &&
      clash(each.claim, claim) &&
      world.cluster.pairs.has(lockKey(each.claim, keys)),
  );
  if (dead) throw new Violation(`the lock of process ${claim.record.pid} stands beside that of a dead one`);
}

/** @throws Violation where something stands for nobody, when all is over */
export function assertNothingLeft(world: World): void {
  const { ledger, actors } = world;
  for (const { claim, pair } of standing(world, 'lock')) {
    const isHeld = ledger.holders.some((holder) => holder.claim.id === claim.id && holder.lease === pair.lease);
    if (!isHeld) throw new Violation(`a lock of process ${claim.record.pid} is left`);
  }
  for (const { claim, pair } of standing(world, 'waiter')) {
    const waits = actors.some(({ lease, place }) => lease === pair.lease && place.call?.kind === 'sleep');
    if (!waits) throw new Violation(`a waiter of process ${claim.record.pid} is left`);
  }
}

function standing({ cluster }: World, kind: Standing['kind']): readonly Standing[] {
  return [...cluster.pairs.values()].flatMap((pair): Standing[] => {
    const about = keys.read(pair.key);
    if (about?.kind !== kind) return [];
    const read = readRecord(pair.value, root);
    if (read.kind !== 'record') throw new Violation(`nobody can read ${pair.key}`);
    return [{ kind, claim: { id: about.id, takesOver: false, record: read.record }, pair }];
  });
}
