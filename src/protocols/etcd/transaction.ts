/** A transaction of etcd, as far as locks need one, in words of ours: all of it or nothing, at one revision. */

/** Of a lease; etcd's are 64 bits wide, so it stays a text. */
export type LeaseId = string & { readonly brand: 'LeaseId' };

export type Compare =
  | { readonly kind: 'absent'; readonly key: string }
  | { readonly kind: 'modified-at'; readonly key: string; readonly revision: number }
  | { readonly kind: 'under-lease'; readonly key: string; readonly lease: LeaseId }
  /** No key of the range, or not this key, has been put after that revision; also where there is none. */
  | { readonly kind: 'unchanged-since'; readonly key: string; readonly end?: string; readonly revision: number };

export type Change =
  | { readonly kind: 'put'; readonly key: string; readonly value: string; readonly lease?: LeaseId }
  | { readonly kind: 'delete'; readonly key: string };

export interface Transaction {
  readonly compare: readonly Compare[];
  readonly changes: readonly Change[];
  /** What to read where a comparison fails. */
  readonly otherwise: readonly { readonly key: string; readonly end?: string }[];
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly lease: LeaseId | undefined;
}

/** `found`: what `otherwise` asked for, without values; of a range only what was modified last. */
export type Committed =
  | { readonly kind: 'committed'; readonly revision: number }
  | { readonly kind: 'refused'; readonly revision: number; readonly found: readonly KeyValue[] };
