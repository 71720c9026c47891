/** Locks and waiters of a cluster in the words of the product. */
import type { Holder, Lock } from '../../core/lock.ts';
import { pathEntry } from '../../core/scope/entry.ts';
import type { Waiter } from '../../core/waiter.ts';
import type { Identity } from '../../os/os.ts';
import type { ClusterRecord } from './record.ts';
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
      scope: [pathEntry(onlooker.root)],
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
    ...holding(record, onlooker),
    scope,
    mode,
    acquiredAt,
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
    ...holding(record, onlooker),
    scope,
    mode,
    since: acquiredAt,
    ...(reason === undefined ? {} : { reason }),
    idle: false,
    lineage: [],
    file: `etcd:${key}`,
  };
}

/** A key is there for as long as its lease is: so whoever has it has been heard of within the TTL. */
function holding(record: ClusterRecord, { identity, sessions }: Onlooker) {
  const { session, user, host } = record;
  return {
    holder: holderOf(record),
    session,
    verdict: 'live',
    verdictReason: 'lease-alive',
    evidence: [{ kind: 'lease', host }],
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
