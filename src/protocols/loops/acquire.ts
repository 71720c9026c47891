/** One try to acquire: scan, clear what is dead, publish; all in one gate hold (DESIGN 6.1). */
import { LockError, systemErrorCode } from '../../core/errors.ts';
import { blocks, type Lock, type LockId } from '../../core/lock.ts';
import { scopesOverlap } from '../../core/scope/overlap.ts';
import { pathsSuperset } from '../../core/scope/superset.ts';
import { sys, type Identity, type Steps } from '../../os/os.ts';
import type { AcquireRequest, Acquired, Conflict, Held } from '../protocol.ts';
import { nextToken } from './fence.ts';
import { insideGate, isCurrent, makeStore, notWritable, type Gate } from './gate.ts';
import { isInPlace, takeHold, type Hold } from './hold.ts';
import { rotateJournal, writeJournal } from './journal.ts';
import { observe, scopeOf, type Observer } from './observe.ts';
import { publish } from './publish.ts';
import type { Extra } from './record.ts';
import { scanStore, type Found } from './scan.ts';
import { sweepHolds } from './sweep.ts';

/** The process's hold on one store; taken on first use, and anew where somebody deleted its file. */
export interface HoldSlot {
  hold: Hold | undefined;
  /** Leftovers of dead processes are looked for once in a process's life. */
  swept: boolean;
}

/** `start-over`: the gate or the directory was replaced under us, so what we published may have been seen by nobody. */
type Attempt = Acquired | Conflict | { readonly kind: 'start-over' };

const mostHoldAttempts = 10;

export function* acquireOnce(
  request: AcquireRequest,
  observer: Observer,
  slot: HoldSlot,
  signal: AbortSignal | undefined,
): Steps<Acquired | Conflict> {
  const { layout } = observer;
  yield* refuseRemote(observer);
  for (;;) {
    // Before the gate: flock(1) takes milliseconds that nobody else should have to wait for.
    const hold = yield* currentHold(observer, slot);
    const attempt = yield* insideGate(layout, signal, (gate) => attemptInside(gate, request, observer, hold, slot));
    if (attempt.kind !== 'start-over') return attempt;
  }
}

function* refuseRemote({ layout }: Observer): Steps<void> {
  const type = yield* sys('remoteFileSystem', layout.root);
  if (type === undefined) return;
  throw new LockError(
    'unsupported-file-system',
    `${layout.root} lies on a network file system (${type}), where a lock does not reach the other machines.`,
    'Locks are shown, but not taken here. Use a local disk.',
  );
}

export function* currentHold({ layout }: Observer, slot: HoldSlot): Steps<Hold> {
  if (slot.hold && (yield* isInPlace(layout, slot.hold))) return slot.hold;
  // The old descriptor, if any, stays open: records that were published with it still name its file.
  for (let attempt = 1; ; attempt++) {
    yield* makeStore(layout);
    try {
      slot.hold = yield* takeHold(layout);
      return slot.hold;
    } catch (error) {
      // Somebody deletes the directory while we fill it; again, unless he never stops.
      const again = systemErrorCode(error) === 'ENOENT' && attempt < mostHoldAttempts;
      if (!again) throw systemErrorCode(error) === undefined ? error : notWritable(layout.alive, error);
    }
  }
}

function* attemptInside(
  gate: Gate,
  request: AcquireRequest,
  observer: Observer,
  hold: Hold,
  slot: HoldSlot,
): Steps<Attempt> {
  const { layout } = observer;
  // Somebody may have deleted our hold since it was taken; a record must never name a file that nobody can probe.
  if (!(yield* isInPlace(layout, hold))) return { kind: 'start-over' };
  const { found, temporary } = yield* scanStore(layout.running);
  const { blocking, stale } = yield* sortOut(found, request, observer);
  if (blocking.length > 0) return { kind: 'conflict', locks: blocking };

  // Inside the gate nobody publishes: not ours, not little-loops. So a temporary file here was left by the dead, and a
  // stale record that we have just judged is still that record. Gone already is as good: little-loops unlinks outside.
  for (const file of temporary) yield* clearTemporary(file);
  for (const lock of stale) yield* clearStale(lock, observer);
  yield* rotateJournal(layout);
  if (!slot.swept) yield* sweepHolds(layout, found);
  slot.swept = true;
  return yield* publishNew(gate, request, observer, hold, found);
}

/** What cannot be deleted, such as a folder of that name, is in nobody's way. */
function* clearTemporary(file: string): Steps<void> {
  try {
    yield* sys('unlink', file);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}

/** Stale records go before we publish, so that no paused owner can renew one that we took the place of. */
function* clearStale(lock: Lock, observer: Observer): Steps<void> {
  try {
    if (!(yield* sys('unlink', lock.file))) return;
  } catch (error) {
    throw notWritable(observer.layout.running, error); // such as another user's file in a sticky directory
  }
  const { pid, user } = observer.identity;
  yield* writeJournal(observer.layout, {
    event: 'reaped',
    id: lock.id,
    holder: lock.holder.name,
    by: `${user}, while acquiring, pid ${pid}`,
  });
}

interface SortedOut {
  readonly blocking: readonly Lock[];
  readonly stale: readonly Lock[];
}

function* sortOut(found: readonly Found[], request: AcquireRequest, observer: Observer): Steps<SortedOut> {
  const blocking: Lock[] = [];
  const stale: Lock[] = [];
  let ancestors: ReadonlySet<number> | undefined;
  for (const candidate of found) {
    if (!concerns(candidate, request, observer)) continue;
    // Every record counts for itself: a copy or an older revision with the same id may name another, living hold.
    const lock = yield* observe(candidate, observer);
    if (lock.verdict === 'stale') stale.push(lock);
    if (!blocks(lock)) continue;
    ancestors ??= new Set(yield* sys('ancestors', observer.identity.pid));
    if (!isAncestor(lock, ancestors, observer.identity)) blocking.push(lock);
  }
  return { blocking, stale };
}

/** Cheap look before the verdict is worked out: most locks of a busy workspace have nothing to do with the request. */
function concerns({ content }: Found, request: AcquireRequest, { layout, caseRule }: Observer): boolean {
  switch (content.kind) {
    case 'unreadable':
      return true; // it might be about anything (DESIGN 4, row 10)
    case 'malformed':
      return false; // inside the gate nothing is being written, so it is no lock (DESIGN 4, row 11)
    case 'record': {
      const { record } = content;
      if (record.extra?.mode === 'shared' && request.mode === 'shared') return false;
      return scopesOverlap(scopeOf(record, layout.root), request.scope, caseRule) !== undefined;
    }
  }
}

/**
 * A lock of an ancestor process does not stop its descendants, as in little-loops (PROTOCOLS 1.4): a loop may run
 * loops. Only an ancestor that is really meant: its pid in another namespace or boot is somebody else.
 */
function isAncestor(lock: Lock, ancestors: ReadonlySet<number>, here: Identity): boolean {
  const { pid, bootId, pidNamespace } = lock.holder;
  if (lock.verdict !== 'live' || pid === undefined || !ancestors.has(pid)) return false;
  const agrees = (recorded: string | undefined, own: string | undefined): boolean =>
    recorded === undefined || recorded === own;
  return agrees(bootId, here.bootId) && agrees(pidNamespace, here.pidNamespace);
}

function* publishNew(
  gate: Gate,
  request: AcquireRequest,
  observer: Observer,
  hold: Hold,
  found: readonly Found[],
): Steps<Attempt> {
  const { layout, identity } = observer;
  const acquiredAt = yield* sys('now');
  const id = (yield* sys('uuid')) as LockId;
  const expiresAt = request.ttlMs === undefined ? undefined : acquiredAt + request.ttlMs;
  try {
    const token = yield* nextToken(layout, tokensOf(found));
    const extra: Extra = {
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
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    const paths = pathsSuperset(request.scope);
    const file = yield* publish(layout, {
      name: request.holderName,
      paths,
      pid: identity.pid,
      startedAt: acquiredAt,
      extra,
    });
    // Published under a gate that nobody else can see is published to nobody: a newcomer may have scanned before.
    if (!(yield* isCurrent(layout, gate))) {
      yield* sys('unlink', file);
      return { kind: 'start-over' };
    }
    yield* writeJournal(layout, {
      event: 'acquired',
      id,
      holder: request.holderName,
      by: `${request.tool}, pid ${identity.pid}`,
    });
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
    return { kind: 'acquired', held };
  } catch (error) {
    // The directory was deleted under us, all of it or our own folder in it: nothing is published.
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    if ((yield* isCurrent(layout, gate)) && (yield* isInPlace(layout, hold))) throw error;
    return { kind: 'start-over' };
  }
}

/** What a record says of the process that writes it. */
export function ownPlace(identity: Identity, hold: Hold): Partial<Extra> {
  const { host, machineId, bootId, pidNamespace, timeNamespace, startTime } = identity;
  return {
    hold: hold.name,
    host,
    ...(machineId === undefined ? {} : { machineId }),
    ...(bootId === undefined ? {} : { bootId }),
    ...(pidNamespace === undefined ? {} : { pidNamespace }),
    ...(timeNamespace === undefined ? {} : { timeNamespace }),
    ...(startTime === undefined ? {} : { startTime }),
  };
}

function* tokensOf(found: readonly Found[]): Iterable<number> {
  for (const { content } of found) {
    if (content.kind === 'record' && content.record.extra) yield content.record.extra.token;
  }
}
