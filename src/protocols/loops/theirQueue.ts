/** little-loops' own waiters (PROTOCOLS 1.5): one JSON file each. Looked at only; we neither write nor delete there. */
import * as path from 'node:path';
import { judge } from '../../core/verdict.ts';
import type { LockId } from '../../core/lock.ts';
import type { Waiter } from '../../core/waiter.ts';
import type { Steps } from '../../os/os.ts';
import { gatherFacts, lineageOf, scopeOf, type Observer } from './observe.ts';
import { readOwnFolder } from './ownFolder.ts';
import { readWhole } from './readWhole.ts';
import { maxRecordBytes, readRecord, type LockRecord } from './record.ts';

/** More entries than anybody queues; a folder full of others' files must not stop the show. */
const mostEntries = 1_000;

export function* readTheirQueue(observer: Observer): Steps<readonly Waiter[]> {
  const { theirQueue } = observer.layout;
  const names = (yield* readOwnFolder(theirQueue)).filter(({ name }) => name.endsWith('.json'));
  const waiters: Waiter[] = [];
  for (const { name } of names.slice(0, mostEntries)) {
    const waiter = yield* readEntry(path.join(theirQueue, name), observer);
    if (waiter) waiters.push(waiter);
  }
  return waiters;
}

function* readEntry(file: string, observer: Observer): Steps<Waiter | undefined> {
  const read = yield* readWhole(file, maxRecordBytes);
  const record = read && recordOf(read.bytes);
  if (!record) return undefined; // half-written, or no entry: it waits for nothing that we could name
  const { identity } = observer;
  const facts = yield* gatherFacts(record, observer, 'with-hold');
  const { verdict, reason: verdictReason, evidence } = judge({ kind: 'record', facts });
  return {
    id: path.basename(file, '.json') as LockId,
    protocol: 'loops',
    // It says nothing of where it runs, and is judged as in our own namespaces, like little-loops' locks.
    holder: {
      name: record.name,
      ...(record.pid === 0 ? {} : { pid: record.pid }),
      ...(identity.bootId === undefined ? {} : { bootId: identity.bootId }),
      ...(identity.pidNamespace === undefined ? {} : { pidNamespace: identity.pidNamespace }),
      tool: 'little-loops',
    },
    scope: scopeOf(record, observer.layout.root),
    mode: 'exclusive',
    since: record.startedAt,
    verdict,
    verdictReason,
    evidence,
    mine: false,
    sameUser: read.info.uid === identity.uid,
    idle: false,
    lineage: verdict === 'live' ? yield* lineageOf(record, observer) : [],
    file,
  };
}

/**
 * `{id, loopName, enqueuedAt, context: {waitingFor, scope, pid}}` read as the lock that it waits for would be. One
 * without a pid, which little-loops never prunes, gets the number 0, of which nobody can say whether it lives.
 */
function recordOf(bytes: Buffer): LockRecord | undefined {
  const entry = parse(bytes);
  const context = entry && asObject(entry['context']);
  if (!entry || !context) return undefined;
  // Not by way of text again: what is nested deep can be read, and not be written.
  const decoded = readRecord({
    loop_name: entry['loopName'] ?? 'unknown',
    scope: context['scope'] ?? [],
    pid: context['pid'] ?? 0,
    started_at: entry['enqueuedAt'] ?? '',
  });
  return decoded.kind === 'record' ? decoded.record : undefined;
}

function parse(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(bytes.toString('utf8')));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
