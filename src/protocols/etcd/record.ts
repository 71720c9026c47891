/** What a lock or a waiter says of itself in a cluster: JSON, in which whoever reads must expect anything. */
import type { Mode } from '../../core/lock.ts';
import type { Scope } from '../../core/scope/entry.ts';
import { isComparable } from '../../core/scope/scopeSize.ts';
import { ScopeError } from '../../core/scope/scopeError.ts';
import { isCount, isObject, maxTextLength, optionalText, present } from '../recordFields.ts';
import { absoluteScope, type RelativeEntry } from './relativeScope.ts';

const recordVersion = 1;

/** Times are epoch ms by the clock of whoever wrote it. */
export interface ClusterRecord {
  readonly name: string;
  /** As in the cluster. */
  readonly entries: readonly RelativeEntry[];
  /** The same, below the root of whoever reads. */
  readonly scope: Scope;
  /** Its machine takes paths that differ in case for one file. */
  readonly folds: boolean;
  readonly mode: Mode;
  readonly session: string;
  /** Which store of which machine and boot it belongs to; see `storeMarkOf`. */
  readonly store: string;
  readonly root: string;
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly machineId?: string;
  readonly bootId?: string;
  readonly pidNamespace?: string;
  readonly startTime?: string;
  readonly tool?: string;
  readonly reason?: string;
  readonly isKeeper?: true;
  readonly acquiredAt: number;
  readonly renewedAt?: number;
  readonly expiresAt?: number;
  readonly ttlMs?: number;
}

export type ReadRecord =
  | { readonly kind: 'record'; readonly record: ClusterRecord }
  | { readonly kind: 'unreadable'; readonly problem: string };

export function encodeRecord({ scope: _, ...record }: ClusterRecord): string {
  return JSON.stringify({ version: recordVersion, ...record });
}

/** @param root of whoever reads */
export function readRecord(text: string, root: string): ReadRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadable('it is no JSON');
  }
  if (!isObject(value)) return unreadable('it is no JSON object');
  if (value['version'] !== recordVersion) return unreadable('it is of another version');
  const entries = readEntries(value['entries']);
  const scope = entries && comparable(entries, root);
  const { name, mode, session, store, pid, acquiredAt } = value;
  if (entries === undefined || scope === undefined) return unreadable('its scope cannot be read');
  if (typeof name !== 'string' || typeof session !== 'string' || typeof store !== 'string' || !isCount(pid))
    return unreadable('it lacks its holder');
  return {
    kind: 'record',
    record: {
      name: bounded(name),
      entries,
      scope,
      folds: value['folds'] === true,
      mode: mode === 'shared' ? 'shared' : 'exclusive',
      session: bounded(session),
      store: bounded(store),
      root: optionalText(value['root']) ?? '',
      user: optionalText(value['user']) ?? '',
      host: optionalText(value['host']) ?? '',
      pid,
      acquiredAt: isCount(acquiredAt) ? acquiredAt : 0,
      ...present({
        machineId: optionalText(value['machineId']),
        bootId: optionalText(value['bootId']),
        pidNamespace: optionalText(value['pidNamespace']),
        startTime: optionalText(value['startTime']),
        tool: optionalText(value['tool']),
        reason: optionalText(value['reason']),
        isKeeper: value['isKeeper'] === true ? true : undefined,
        renewedAt: isCount(value['renewedAt']) ? value['renewedAt'] : undefined,
        expiresAt: isCount(value['expiresAt']) ? value['expiresAt'] : undefined,
        ttlMs: isCount(value['ttlMs']) ? value['ttlMs'] : undefined,
      }),
    },
  };
}

const unreadable = (problem: string): ReadRecord => ({ kind: 'unreadable', problem });

function readEntries(value: unknown): readonly RelativeEntry[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries: RelativeEntry[] = [];
  for (const item of value) {
    const entry = readEntry(item);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries;
}

function readEntry(value: unknown): RelativeEntry | undefined {
  if (!isObject(value)) return undefined;
  const { path, base, pattern, name } = value;
  if (typeof path === 'string') return { path };
  if (typeof name === 'string') return { name };
  return typeof base === 'string' && typeof pattern === 'string' ? { base, pattern } : undefined;
}

/** Undefined for a scope that could hang whoever compares it, or that none of us would write. */
function comparable(entries: readonly RelativeEntry[], root: string): Scope | undefined {
  try {
    const scope = absoluteScope(entries, root);
    return isComparable(scope) ? scope : undefined;
  } catch (error) {
    if (error instanceof ScopeError) return undefined;
    throw error;
  }
}

function bounded(text: string): string {
  return text.slice(0, maxTextLength);
}
