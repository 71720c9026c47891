/** The lock record of little-loops (PROTOCOLS 1.2) with our additions under one key, which little-loops ignores. */
import type { LockId, Mode } from '../../core/lock.ts';
import { globEntry, nameEntry, pathEntry, type Scope, type ScopeEntry } from '../../core/scope/entry.ts';
import { ScopeError } from '../../core/scope/scopeError.ts';
import { ScopeSize } from '../../core/scope/scopeSize.ts';
import { isCount, isObject, optionalText, present } from '../recordFields.ts';

/** Largest record that is read, in bytes; little-loops' own are some hundred bytes. */
export const maxRecordBytes = 1024 * 1024;

/** Our part of a record. */
export interface Extra {
  readonly version: number;
  readonly id: LockId;
  /** Grows with each renewal and transfer; of two records of one id, the higher is the newer. */
  readonly revision: number;
  readonly session: string;
  readonly token: number;
  readonly mode: Mode;
  /** Undefined where a newer version says it in words that we do not know; then the outer scope, a superset, counts. */
  readonly scope: Scope | undefined;
  readonly hold?: string;
  /** Device number of the hold, as its holder saw it: an overlay over our folder shows it with another one. */
  readonly holdDevice?: number;
  readonly reason?: string;
  readonly tool?: string;
  readonly host?: string;
  readonly machineId?: string;
  readonly bootId?: string;
  readonly pidNamespace?: string;
  readonly timeNamespace?: string;
  readonly startTime?: string;
  readonly renewedAt?: number;
  readonly expiresAt?: number;
  /** How long the holder wants it at most, in milliseconds; the holder measures it, and nobody judges by `expiresAt`. */
  readonly ttlMs?: number;
  /** The recorded process is a keeper. */
  readonly isKeeper?: true;
  /** In the queue only: its number there. */
  readonly ticket?: number;
}

export interface LockRecord {
  readonly name: string;
  /** As written: little-loops resolves relative ones against the reader's working directory. */
  readonly paths: readonly string[];
  readonly pid: number;
  /** Epoch ms; undefined where `started_at` is not a time (little-loops never parses it). */
  readonly startedAt: number | undefined;
  readonly extra: Extra | undefined;
}

export type Decoded =
  { readonly kind: 'record'; readonly record: LockRecord } | { readonly kind: 'malformed'; readonly problem: string };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads what little-loops would read, as it would; never throws. */
export function decodeRecord(bytes: Uint8Array): Decoded {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return malformed('it is not UTF-8 text');
  }
  if (text === '') return malformed('it is empty');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return malformed('it is not JSON, or only half of it');
  }
  return readRecord(value);
}

/** The same for what has been parsed already. */
export function readRecord(value: unknown): Decoded {
  if (!isObject(value)) return malformed('it is not a JSON object');
  for (const key of ['loop_name', 'scope', 'pid', 'started_at']) {
    if (!Object.hasOwn(value, key)) return malformed(`the key ${key} is missing`);
  }
  const pid = readPid(value['pid']);
  if (pid === undefined) return malformed('pid is not a number that a process could have');
  const paths = readPaths(value['scope']);
  if (paths === undefined) return malformed('scope is not a list of paths');
  return {
    kind: 'record',
    record: {
      name: asText(value['loop_name']),
      paths,
      pid,
      startedAt: readTime(value['started_at']),
      extra: readExtra(value['wlock']),
    },
  };
}

const malformed = (problem: string): Decoded => ({ kind: 'malformed', problem });

/** Python's int(): "123" and 12.7 pass; null, words and what overflows a C int kill little-loops (PROTOCOLS 1.7). */
function readPid(value: unknown): number | undefined {
  const number =
    typeof value === 'string' && /^\s*[+-]?\d+(_\d+)*\s*$/.test(value)
      ? Number(value.replaceAll('_', ''))
      : typeof value === 'boolean'
        ? Number(value)
        : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  const pid = Math.trunc(number);
  return Math.abs(pid) < 2 ** 31 ? pid : undefined;
}

/** A scope that is no list becomes one string, as in little-loops; its null, "None", excludes nothing. */
function readPaths(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return [asText(value)];
  return value.every((entry) => typeof entry === 'string') ? value : undefined;
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null) return 'None';
  try {
    return JSON.stringify(value);
  } catch {
    return '…'; // nested so deep that it has no text; the record still counts
  }
}

function readTime(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * A broken or missing addition makes the record one of little-loops' own, judged by its pid. A newer version is read
 * as far as its words are ours, and is held as long as its hold or its pid says so (DESIGN 4).
 */
function readExtra(value: unknown): Extra | undefined {
  if (!isObject(value)) return undefined;
  const { version, id, revision, token } = value;
  if (typeof version !== 'number' || typeof id !== 'string' || !uuid.test(id)) return undefined;
  const hold = optionalText(value['hold']);
  return {
    version,
    id: id as LockId,
    revision: isCount(revision) ? revision : 0,
    session: optionalText(value['session']) ?? '',
    token: isCount(token) ? token : 0,
    mode: value['mode'] === 'shared' ? 'shared' : 'exclusive',
    scope: readScope(value['scope']),
    // A hold is a file name below our own folder; anything else could lead out of it.
    ...(hold !== undefined && uuid.test(hold) ? { hold } : {}),
    ...present({
      holdDevice: isCount(value['hold_device']) ? value['hold_device'] : undefined,
      reason: optionalText(value['reason']),
      tool: optionalText(value['tool']),
      host: optionalText(value['host']),
      machineId: optionalText(value['machine']),
      bootId: optionalText(value['boot']),
      pidNamespace: optionalText(value['pid_namespace']),
      timeNamespace: optionalText(value['time_namespace']),
      startTime: optionalText(value['start_time']),
      renewedAt: readTime(value['renewed_at']),
      expiresAt: readTime(value['expires_at']),
      ttlMs: isCount(value['ttl_ms']) ? value['ttl_ms'] : undefined,
      isKeeper: value['keeper'] === true ? true : undefined,
      ticket: isCount(value['ticket']) ? value['ticket'] : undefined,
    }),
  };
}

function readScope(value: unknown): Scope | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries: ScopeEntry[] = [];
  const size = new ScopeSize();
  for (const item of value) {
    const entry = readEntry(item, size);
    if (entry === undefined) return undefined; // at once: a megabyte of braces would expand for seconds
    entries.push(entry);
  }
  return entries;
}

function readEntry(value: unknown, size: ScopeSize): ScopeEntry | undefined {
  if (!isObject(value)) return undefined;
  const { kind, path, base, pattern, name } = value;
  try {
    if (kind === 'path' && typeof path === 'string') return pathEntry(path);
    if (kind === 'name' && typeof name === 'string') return nameEntry(name);
    if (kind === 'glob' && typeof base === 'string' && typeof pattern === 'string') {
      return size.admits(pattern) ? globEntry(base, pattern) : undefined;
    }
  } catch (error) {
    if (!(error instanceof ScopeError)) throw error;
  }
  return undefined; // a word that we do not know, or an entry that we would not write: the outer scope counts
}
