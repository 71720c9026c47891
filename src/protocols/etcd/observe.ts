/** Locks and waiters of a cluster in the words of the product. */
import type { Holder, Lock } from '../../core/lock.ts';
import { nameEntry, pathEntry, type ScopeEntry } from '../../core/scope/entry.ts';
import { ScopeError } from '../../core/scope/scopeError.ts';
import type { Waiter } from '../../core/waiter.ts';
import type { Identity } from '../../os/os.ts';
import type { ClusterRecord } from './record.ts';
import type { LeaseId } from './transaction.ts';
import type { Placed } from './view.ts';

/** Who looks. */
export interface Onlooker {
  readonly root: string;
  readonly identity: Identity;
  /** See `storeMarkOf`. */
  readonly store: string;
  readonly sessions: ReadonlySet<string>;
}

export function observeLock(placed: Placed, onlooker: Onlooker): Lock {
  const { id, key, createRevision, modRevision, record } = placed;
  const known = {
    id,
    protocol: 'etcd',
    token: `etcd:${createRevision}`,
    enforced: true,
    file: `etcd:${key}`,
    fingerprint: String(modRevision),
  } as const;
  if (!record) {
    return {
      ...known,
      holder: { name: id },
      scope: [scopeOfGroup(placed.group, onlooker.root)],
      mode: 'exclusive',
      acquiredAt: undefined,
      verdict: 'unknown',
      verdictReason: 'unreadable',
      evidence: [{ kind: 'record', problem: placed.problem }],
      mine: false,
      sameUser: false,
    };
  }
  const { scope, mode, acquiredAt, renewedAt, expiresAt, ttlMs, reason } = record;
  return {
    ...known,
    ...holding(record, placed.lease, onlooker),
    scope,
    mode,
    acquiredAt: acquiredAt === 0 ? undefined : acquiredAt,
    ...(renewedAt === undefined ? {} : { renewedAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(ttlMs === undefined ? {} : { ttlMs }),
    ...(reason === undefined ? {} : { reason }),
    ...(record.store === onlooker.store ? { standsFor: id } : {}),
  };
}

/**
 * One that cannot be read keeps nobody waiting.
 * @param ticket its number in the line, from 1
 */
export function observeWaiter(placed: Placed, onlooker: Onlooker, ticket?: number): Waiter | undefined {
  const { id, key, record } = placed;
  if (!record) return undefined;
  const { scope, mode, acquiredAt, reason } = record;
  return {
    id,
    protocol: 'etcd',
    ...(ticket === undefined ? {} : { ticket }),
    ...holding(record, placed.lease, onlooker),
    scope,
    mode,
    since: acquiredAt,
    ...(reason === undefined ? {} : { reason }),
    idle: false,
    lineage: [],
    file: `etcd:${key}`,
  };
}

/** What a lock is about whose record cannot be read: who asks for that group of keys finds it in the way. */
function scopeOfGroup(group: string, root: string): ScopeEntry {
  try {
    const [, kind, name = ''] = /^(path|name):(.+)$/s.exec(decodeURIComponent(group)) ?? [];
    if (kind === 'path') return pathEntry(root === '/' ? `/${name}` : `${root}/${name}`);
    if (kind === 'name') return nameEntry(name);
  } catch (error) {
    if (!(error instanceof URIError || error instanceof ScopeError)) throw error; // others may have put anything
  }
  return pathEntry(root);
}

/**
 * A key is there for as long as its lease is: so whoever has it has been heard of within the TTL. None of ours is without a
 * lease; one that is will never go by itself.
 */
function holding(record: ClusterRecord, lease: LeaseId | undefined, { identity, sessions }: Onlooker) {
  const { session, user, host } = record;
  return {
    holder: holderOf(record),
    session,
    ...(lease === undefined
      ? ({ verdict: 'unknown', verdictReason: 'no-sign-of-life', evidence: [] } as const)
      : ({ verdict: 'live', verdictReason: 'lease-alive', evidence: [{ kind: 'lease', host }] } as const)),
    mine: sessions.has(session),
    sameUser: user === identity.user,
  } as const;
}

function holderOf({
  name,
  pid,
  host,
  startTime,
  machineId,
  bootId,
  pidNamespace,
  tool,
  isKeeper,
}: ClusterRecord): Holder {
  return {
    name,
    pid,
    host,
    ...(startTime === undefined ? {} : { startTime }),
    ...(machineId === undefined ? {} : { machineId }),
    ...(bootId === undefined ? {} : { bootId }),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
    ...(tool === undefined ? {} : { tool }),
    ...(isKeeper === undefined ? {} : { isKeeper }),
  };
}

/** The lock of a key as the cluster names it; undefined for another protocol's file. */
export function keyOf({ file }: { readonly file: string }): string | undefined {
  return file.startsWith('etcd:') ? file.slice('etcd:'.length) : undefined;
}
