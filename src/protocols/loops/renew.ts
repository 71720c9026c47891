/** Renewal and transfer: the same lock under a new record. Records are immutable, so both publish and then unlink. */
import { systemErrorCode } from '../../core/errors.ts';
import { sys, type Steps } from '../../os/os.ts';
import type { Held, Lost, Renewed } from '../protocol.ts';
import { ownPlace } from './grant.ts';
import { currentHold, type HoldSlot } from './holdSlot.ts';
import { insideGateAnew, isCurrent, type Gate } from './gate.ts';
import { isInPlace, type Hold } from './hold.ts';
import { writeJournalInGate } from './journal.ts';
import type { StoreLayout } from './layout.ts';
import { lossOf } from './loss.ts';
import { observe, type Observer } from './observe.ts';
import { publish } from './publish.ts';
import type { Extra, LockRecord } from './record.ts';
import { readFound } from './scan.ts';
import { notWritable } from './storeNotWritable.ts';

/** What is new in the record. */
export interface Change {
  readonly ttlMs?: number;
  readonly session?: string;
}

/**
 * Inside the gate, because a record that is there when we look must still be there when its successor appears: reaping
 * and forcing wait for the gate too, so they cannot fall in between and be undone by us. Somebody who deletes without
 * the gate does not take part (DESIGN 6.1, rule 1); his victim would be told by the next look at the new record only if
 * he deletes that one as well.
 */
export function* republish(
  held: Held,
  change: Change,
  observer: Observer,
  slot: HoldSlot,
  signal: AbortSignal | undefined,
): Steps<Renewed | Lost> {
  const { layout } = observer;
  return yield* insideGateAnew(layout, { signal }, function* (round) {
    const hold = yield* currentHold(layout, slot, round === 1 ? 'later' : 'again');
    return (gate) => republishInside(gate, held, change, observer, hold);
  });
}

function* republishInside(
  gate: Gate,
  held: Held,
  change: Change,
  observer: Observer,
  hold: Hold,
): Steps<Renewed | Lost | 'start-over'> {
  const { layout } = observer;
  if (!(yield* isInPlace(layout, hold))) return 'start-over';
  const found = yield* readFound(held.file, '', false);
  const record = found?.content.kind === 'record' ? found.content.record : undefined;
  if (record?.extra?.id !== held.id) {
    return { kind: 'lost', cause: (yield* lossOf(layout, held)) ?? { kind: 'unexplained' } };
  }
  // A stale lock is free, and somebody may have had it since whom its record, which he could not delete, did not stop. So
  // whoever takes over from a dead process comes too late; its own renewals need no such look.
  const isTakeOver = change.session !== undefined;
  if (isTakeOver && found && (yield* observe(found, observer)).verdict === 'stale') {
    return { kind: 'lost', cause: { kind: 'unexplained' } };
  }
  const renewedAt = yield* sys('now');
  const { startedAt, extra } = successor(record, record.extra, change, renewedAt, observer, hold);
  let file: string;
  try {
    file = yield* publish(layout, { ...record, pid: observer.identity.pid, startedAt, extra });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 'start-over'; // the directory was deleted under us
    throw error;
  }
  if (!(yield* isCurrent(layout, gate))) {
    yield* sys('unlink', file);
    return 'start-over';
  }
  // Into the journal first: who is taken over from wakes up at the deletion, and wants to know by whom. Until then the
  // lock has two records; readers keep the newer, and either one blocks.
  yield* writeJournalInGate(layout, {
    event: change.session === undefined ? 'renewed' : 'transferred',
    id: held.id,
    holder: record.name,
    by: `${extra.tool ?? 'wlock'}, pid ${observer.identity.pid}`,
    revision: extra.revision,
  });
  if (isTakeOver) yield* takeAway(held, file, layout);
  const superseded = yield* deleteSuperseded([...(held.superseded ?? []), held.file]);
  return {
    kind: 'renewed',
    held: {
      id: held.id,
      protocol: held.protocol,
      token: held.token,
      scope: held.scope,
      mode: held.mode,
      acquiredAt: held.acquiredAt,
      holderName: record.name,
      session: extra.session,
      file,
      ...(superseded.length === 0 ? {} : { superseded }),
      revision: extra.revision,
      ...(extra.expiresAt === undefined ? {} : { expiresAt: extra.expiresAt }),
    },
  };
}

/**
 * Its owner before learns by this deletion that the lock is taken over. Where it fails he would go on with the lock beside
 * us, so we step back: both records stood inside the gate only, and either one blocked.
 */
function* takeAway(held: Held, successorFile: string, layout: StoreLayout): Steps<void> {
  try {
    yield* sys('unlink', held.file);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    yield* sys('unlink', successorFile);
    throw notWritable(layout.running, error);
  }
}

/**
 * The successor is published and is the lock from here on, whatever becomes of the records before it. One that cannot be
 * deleted now (returned) names the same hold, so it is the same lock: it is tried again at the next renewal and at the
 * release, and goes stale with our end.
 */
function* deleteSuperseded(files: readonly string[]): Steps<readonly string[]> {
  const left: string[] = [];
  for (const file of files) {
    try {
      yield* sys('unlink', file);
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      left.push(file);
    }
  }
  return left;
}

function successor(
  record: LockRecord,
  old: Extra,
  change: Change,
  renewedAt: number,
  observer: Observer,
  hold: Hold,
): { startedAt: number; extra: Extra } {
  return {
    startedAt: record.startedAt ?? renewedAt,
    extra: {
      ...old,
      ...ownPlace(observer.identity, hold),
      revision: old.revision + 1,
      renewedAt,
      ...(change.session === undefined ? {} : { session: change.session }),
      ...(change.ttlMs === undefined ? {} : { expiresAt: renewedAt + change.ttlMs, ttlMs: Math.round(change.ttlMs) }),
    },
  };
}
