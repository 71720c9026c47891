/** What the rules of acquiring need of a cluster; the real one, or a simulated one under a scheduler. */
import type { LockId } from '../../core/lock.ts';
import type { Epochs } from './epochs.ts';
import type { Committed, LeaseId, Transaction } from './transaction.ts';
import type { View } from './view.ts';

export interface ClusterPort {
  /**
   * All near these epochs that was put up to `atLeast`; it may go on changing while somebody has it.
   * @throws LockError `etcd-unreachable`, `etcd-refused`
   */
  view(epochs: Epochs, atLeast: number): Promise<View>;
  /**
   * One after another, so that it may be sent twice where nobody knows what became of it.
   * @throws LockError `etcd-unreachable`, `etcd-refused`
   */
  commit(transaction: Transaction): Promise<Committed>;
  /** A lease that is alive, by our own clocks (`lease.ts`). */
  lease(): Promise<LeaseId>;
  /** The locks of our own store that live now; undefined where there is no such store. */
  living(): Promise<ReadonlySet<LockId>> | undefined;
}
