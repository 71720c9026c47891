/** Publishes the lock of a request that nothing stands in the way of; inside the gate only. */
import { systemErrorCode } from '../../core/errors.ts';
import type { Lock } from '../../core/lock.ts';
import { pathsSuperset } from '../../core/scope/superset.ts';
import { sys, type Identity, type Steps } from '../../os/os.ts';
import type { Acquired, Held } from '../protocol.ts';
import type { Pending } from './attempt.ts';
import { nextToken } from './fence.ts';
import type { Records } from './foundIndex.ts';
import { isCurrent, type Gate } from './gate.ts';
import type { Hold } from './hold.ts';
import type { JournalEvent } from '../../core/journal.ts';
import { describeRequest, rotateJournal, writeJournalInGate } from './journal.ts';
import type { GateRecords } from './gateRecords.ts';
import type { Observer } from './observe.ts';
import { publish } from './publish.ts';
import type { Extra } from './record.ts';

/** Published; `isSaid`: the journal tells so. */
export type Granted = Acquired & { readonly isSaid: boolean };

/** @param cleared stale locks that stood in its way, and are deleted now */
export function* grant(
  gate: Gate,
  pending: Pending,
  waitedMs: number,
  observer: Observer,
  hold: Hold,
  known: GateRecords,
  cleared: readonly Lock[],
): Steps<Granted | 'start-over'> {
  const { request, id } = pending;
  const { layout, identity } = observer;
  const acquiredAt = yield* sys('now');
  const expiresAt = request.ttlMs === undefined ? undefined : acquiredAt + request.ttlMs;
  try {
    const token = yield* nextToken(layout, tokensOf(known.records, cleared));
    const extra = {
      ...extraOf(pending, token, identity, hold),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    const file = yield* publish(layout, {
      name: request.holderName,
      paths: pathsSuperset(request.scope),
      pid: identity.pid,
      startedAt: acquiredAt,
      extra,
    });
    // Published under a gate that nobody else can see is published to nobody: a newcomer may have scanned before.
    if (!(yield* isCurrent(layout, gate))) {
      yield* sys('unlink', file);
      return 'start-over';
    }
    known.published(file);
    yield* known.trust(gate, hold.fd);
    // What other tools may still refuse is told when they have not.
    const isSaid = !pending.abroad.mayRefuse;
    if (isSaid) yield* writeJournalInGate(layout, acquiredEvent(pending, waitedMs, observer));
    else yield* rotateJournal(layout);
    const held: Held = {
      id,
      protocol: 'loops',
      token: `loops:${token}`,
      scope: request.scope,
      mode: request.mode,
      holderName: request.holderName,
      session: request.session,
      file,
      revision: 0,
      acquiredAt,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    return { kind: 'acquired', held, isSaid };
  } catch (error) {
    // The directory was deleted under us, all of it or our own folder in it; or a process whose gate was deleted took our
    // temporary file for a leftover. Nothing is published.
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    return 'start-over';
  }
}

export function acquiredEvent(
  { request, id, waits }: Pending,
  waitedMs: number,
  { identity, layout }: Observer,
): JournalEvent {
  return {
    event: 'acquired',
    id,
    ...describeRequest(request, identity, layout),
    ...(waits ? { waitedMs: Math.round(waitedMs) } : {}),
  };
}

/** What a request says of itself, in the record of its lock and in its ticket. */
export function extraOf({ request, id }: Pending, token: number, identity: Identity, hold: Hold): Extra {
  return {
    version: 1,
    id,
    revision: 0,
    session: request.session,
    token,
    mode: request.mode,
    scope: request.scope,
    tool: request.tool,
    ...ownPlace(identity, hold),
    ...(request.reason === undefined ? {} : { reason: request.reason }),
    ...(request.ttlMs === undefined ? {} : { ttlMs: Math.round(request.ttlMs) }),
    ...(request.isKeeper ? { isKeeper: true } : {}),
  };
}

/** What a record says of the process that writes it. */
export function ownPlace(identity: Identity, hold: Hold): Partial<Extra> {
  const { host, machineId, bootId, pidNamespace, timeNamespace, startTime } = identity;
  return {
    hold: hold.name,
    holdDevice: hold.info.dev,
    host,
    ...(machineId === undefined ? {} : { machineId }),
    ...(bootId === undefined ? {} : { bootId }),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
    ...(timeNamespace === undefined ? {} : { timeNamespace }),
    ...(startTime === undefined ? {} : { startTime }),
  };
}

/** Of all that were there when we looked, those among them that we have cleared away since. */
function* tokensOf({ all }: Records, cleared: readonly Lock[]): Iterable<number> {
  for (const { content } of all) {
    if (content.kind === 'record' && content.record.extra) yield content.record.extra.token;
  }
  for (const { token } of cleared) if (token !== undefined) yield Number(token.slice('loops:'.length));
}
