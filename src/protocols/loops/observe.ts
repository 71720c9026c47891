/** From a record that was found to a lock with a verdict: gathers the facts of DESIGN 4 and lets `judge` decide. */
import * as path from 'node:path';
import { LockError } from '../../core/errors.ts';
import type { Lock, LockId } from '../../core/lock.ts';
import type { Scope } from '../../core/scope/entry.ts';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { judge, type Facts, type Reading } from '../../core/verdict.ts';
import { sys, type Identity, type Steps } from '../../os/os.ts';
import { fingerprintOf } from '../readLockFile.ts';
import { probeHold } from './probeHold.ts';
import { stemOf, type StoreLayout } from './layout.ts';
import type { Extra, LockRecord } from './record.ts';
import type { Found } from './scan.ts';

/** Who is looking. */
export interface Observer {
  readonly layout: StoreLayout;
  readonly identity: Identity;
  readonly caseRule: CaseRule;
  /** Sessions whose locks are `mine`. */
  readonly sessions: ReadonlySet<string>;
}

export function* observe(found: Found, observer: Observer): Steps<Lock> {
  const { content } = found;
  const facts = content.kind === 'record' ? yield* gatherFacts(content.record, observer, 'with-hold') : undefined;
  return lockOf(found, facts, observer);
}

/** @param facts of its holder, where it is a record */
export function lockOf(found: Found, facts: Facts | undefined, observer: Observer): Lock {
  const { content } = found;
  const record = content.kind === 'record' ? content.record : undefined;
  const extra = record?.extra;
  const reading: Reading = content.kind === 'record' ? { kind: 'record', facts: assertGathered(facts) } : content;
  const { verdict, reason: verdictReason, evidence } = judge(reading);
  return {
    id: lockIdOf(found),
    protocol: 'loops',
    holder: holderOf(record),
    scope: record ? scopeOf(record, observer.layout.root) : [],
    mode: extra?.mode ?? 'exclusive',
    acquiredAt: record?.startedAt,
    ...(extra?.renewedAt === undefined ? {} : { renewedAt: extra.renewedAt }),
    ...(extra?.expiresAt === undefined ? {} : { expiresAt: extra.expiresAt }),
    ...(extra?.ttlMs === undefined ? {} : { ttlMs: extra.ttlMs }),
    ...(extra?.reason === undefined ? {} : { reason: extra.reason }),
    ...(extra ? { token: `loops:${extra.token}` as const, session: extra.session } : {}),
    verdict,
    verdictReason,
    evidence,
    enforced: !found.nested,
    mine: extra !== undefined && observer.sessions.has(extra.session),
    sameUser: found.info.uid === observer.identity.uid,
    file: found.path,
    fingerprint: fingerprintOf(found.info),
  };
}

function assertGathered(facts: Facts | undefined): Facts {
  if (!facts)
    throw new LockError('internal', 'A record was judged without a look at its holder.', 'Please report this.');
  return facts;
}

/** Ours carry an id; little-loops' own are known by their stem, which it never uses twice at once. */
export function lockIdOf(found: Found): LockId {
  const id = found.content.kind === 'record' ? found.content.record.extra?.id : undefined;
  return id ?? (stemOf(found.name) as LockId);
}

export function holderOf(record: LockRecord | undefined): Lock['holder'] {
  if (!record) return { name: 'unknown' };
  const { extra } = record;
  const { host, machineId, bootId, pidNamespace, timeNamespace, startTime, tool } = extra ?? {};
  return {
    name: record.name,
    pid: record.pid,
    ...(startTime === undefined ? {} : { startTime }),
    ...(host === undefined ? {} : { host }),
    ...(machineId === undefined ? {} : { machineId }),
    ...(bootId === undefined ? {} : { bootId }),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
    ...(timeNamespace === undefined ? {} : { timeNamespace }),
    tool: tool ?? 'little-loops',
    ...(extra?.isKeeper ? { isKeeper: true } : {}),
  };
}

/** The recorded process and its ancestors, nearest first; none where its number means nothing here. */
export function* lineageOf({ pid, extra }: LockRecord, { identity }: Observer): Steps<readonly number[]> {
  const place = extra ? placeFacts(extra, identity) : {};
  if (place.otherMachine !== undefined || place.otherNamespace === 'pid' || place.boot === 'other') return [];
  return [pid, ...(yield* sys('ancestors', pid))];
}

/** little-loops' paths count from its working directory, which is the root as its users run it. */
export function scopeOf(record: LockRecord, root: string): Scope {
  return record.extra?.scope ?? record.paths.map((text) => ({ kind: 'path', path: path.resolve(root, text) }));
}

export function* gatherFacts(
  record: LockRecord,
  observer: Observer,
  which: 'with-hold' | 'without-hold',
): Steps<Facts> {
  const { extra, pid } = record;
  const { identity, layout } = observer;
  const hold = which === 'with-hold' && extra ? yield* factOfHold(layout, extra) : undefined;
  const remote = yield* sys('remoteFileSystem', layout.running);
  return {
    ...(hold ? { hold } : {}),
    ...(extra ? placeFacts(extra, identity) : {}),
    ...(remote === undefined ? {} : { remoteFileSystem: remote }),
    pid,
    process: yield* sys('process', pid),
    ...(extra?.startTime === undefined ? {} : { recordedStartTime: extra.startTime }),
    acquiredAtMs: record.startedAt,
  };
}

function* factOfHold(layout: StoreLayout, { hold, holdDevice }: Extra): Steps<Facts['hold']> {
  if (hold === undefined) return undefined;
  return { state: yield* probeHold(layout, hold, holdDevice), file: path.join(layout.alive, hold) };
}

/** Records of other tools say none of this and are judged as in our own namespaces (DESIGN 4, row 5). */
function placeFacts(extra: Extra, here: Identity): Pick<Facts, 'otherMachine' | 'boot' | 'otherNamespace'> {
  const sameBoot = extra.bootId !== undefined && extra.bootId === here.bootId;
  if (!sameBoot && !isSameMachine(extra, here)) return { otherMachine: { host: extra.host ?? 'an unknown host' } };
  const bootKnown = extra.bootId !== undefined && here.bootId !== undefined;
  const differs = (recorded: string | undefined, own: string | undefined): boolean =>
    recorded !== undefined && own !== undefined && recorded !== own;
  return {
    ...(bootKnown ? { boot: sameBoot ? 'same' : 'other' } : {}),
    ...(differs(extra.pidNamespace, here.pidNamespace)
      ? { otherNamespace: 'pid' }
      : differs(extra.timeNamespace, here.timeNamespace)
        ? { otherNamespace: 'time' }
        : {}),
  };
}

/** One running kernel is one machine, whatever id a container's image carries; without ids, the host name has to do. */
function isSameMachine(extra: Extra, here: Identity): boolean {
  if (extra.machineId !== undefined && here.machineId !== undefined) return extra.machineId === here.machineId;
  return extra.host === undefined || extra.host === here.host; // what is not recorded is no difference
}
