/** What a simulated process asks of what is outside of it: of the cluster, of its store, of its own clocks. */
import type { LockId } from '../../../src/core/lock.ts';
import type { Claim } from '../../../src/protocols/etcd/acquire.ts';
import type { LeaseId, Transaction } from '../../../src/protocols/etcd/transaction.ts';
import type { Placed } from '../../../src/protocols/etcd/view.ts';

/** What the process believes from now on. */
export type Mark =
  | {
      readonly kind: 'granted';
      readonly claim: Claim;
      readonly token: number;
      readonly modRevision: number;
      readonly lease: LeaseId;
    }
  | { readonly kind: 'blocked'; readonly claim: Claim; readonly obstacle: Placed | undefined }
  | { readonly kind: 'let-go'; readonly id: LockId }
  /** Its request could not be carried out; right only where the cluster failed it. */
  | { readonly kind: 'failed'; readonly message: string };

export type Call =
  | { readonly kind: 'view'; readonly atLeast: number }
  | { readonly kind: 'commit'; readonly transaction: Transaction }
  /** The locks of its own store that live. */
  | { readonly kind: 'living' }
  /** Granted where it has none, or where that is over by its own clocks. */
  | { readonly kind: 'lease' }
  /** Until the watch tells something. */
  | { readonly kind: 'sleep' }
  /** Of something that refuses whoever has an older token than it has seen. */
  | { readonly kind: 'write'; readonly claim: Claim; readonly token: number }
  /** Through the gate of its store; true where no other lock there is in the way. */
  | { readonly kind: 'publish'; readonly claim: Claim }
  /** A transfer, as the store decides it: true where it has such a lock. */
  | { readonly kind: 'inherit'; readonly id: LockId }
  | { readonly kind: 'unpublish'; readonly id: LockId }
  | { readonly kind: 'mark'; readonly mark: Mark }
  /** It lives on, and asks for nothing more. */
  | { readonly kind: 'linger' };

/** Whether nobody else can see or change it, so that it needs no place in the order of the steps. To hold takes time. */
export function happensAlone(call: Call): boolean {
  return call.kind === 'lease' || (call.kind === 'mark' && call.mark.kind !== 'let-go');
}

/** Whether others can tell afterwards that it happened. */
export function leavesSomething(call: Call): boolean {
  switch (call.kind) {
    case 'commit':
      return call.transaction.changes.length > 0;
    case 'sleep':
    case 'write':
    case 'publish':
    case 'inherit':
    case 'unpublish':
    case 'linger':
    case 'mark':
      return true;
    case 'view':
    case 'living':
    case 'lease':
      return false;
  }
}
