/** Deleting records: the holder's own release, reaping of the proven dead, and force release. */
import { escapeForDisplay } from '../../core/display.ts';
import { LockError } from '../../core/errors.ts';
import type { JournalEvent } from '../../core/journal.ts';
import type { Lock } from '../../core/lock.ts';
import { shellWord } from '../../core/shellWord.ts';
import { sys, type Steps } from '../../os/os.ts';
import type { Changed, Gone, Held, Reaped, Released, RemovalReason, StillLive } from '../protocol.ts';
import { enterFreeGate, insideGate, leaveGate } from './gate.ts';
import type { HoldSlot } from './holdSlot.ts';
import { describeLock, heldMs, writeJournal, writeJournalInGate } from './journal.ts';
import { lockIdOf, observe, type Observer } from './observe.ts';
import { notDeletable } from './staleRecord.ts';
import { scanStore, type Found } from './scan.ts';
import { sweepHolds } from './sweep.ts';
import { notWritable } from './storeNotWritable.ts';

/**
 * The holder's own release: an unlink of a name that was never anybody else's, so it needs no check and no gate, and
 * a stopped gate holder cannot stop it. The caller serialises it with renewals of the same lock.
 *
 * Where the process knows what is in a large store, it goes through the gate if that is free: nobody publishes meanwhile,
 * so it knows it still.
 */
export function* releaseOwn(held: Held, observer: Observer, { hold, known }: HoldSlot): Steps<void> {
  const gate = hold && known.isTrusted ? yield* enterFreeGate(observer.layout) : undefined;
  try {
    const isOnlyChange = gate !== undefined && (yield* known.isAsItWas());
    // Earlier records of it first, which block like it: where one still cannot be deleted, the caller hears of it.
    for (const file of held.superseded ?? []) yield* sys('unlink', file);
    if (!(yield* sys('unlink', held.file))) return;
    known.deleted(held.file);
    if (hold && gate && isOnlyChange) yield* known.trust(gate, hold.fd);
  } finally {
    if (gate) yield* leaveGate(gate);
  }
  yield* writeJournal(observer.layout, {
    event: 'released',
    id: held.id,
    holder: held.holderName,
    by: `its holder, pid ${observer.identity.pid}`,
    ...heldMs(held, yield* sys('now')),
  });
}

/** Takes back what nobody was told of. */
export function* unpublishOwn({ file }: Held): Steps<void> {
  yield* sys('unlink', file);
}

/** Every record of the lock that is proven stale, judged again inside the gate, where no record can be replaced. */
export function* reap(lock: Lock, observer: Observer): Steps<Reaped | StillLive | Gone> {
  if (!(yield* sys('lstat', observer.layout.running))) return { kind: 'gone' };
  return yield* insideGate(observer.layout, {}, function* () {
    const records = yield* recordsOf(lock, observer);
    const judged: Lock[] = [];
    for (const found of records) judged.push(yield* observe(found, observer));
    const alive = judged.find((now) => now.verdict !== 'stale');
    if (alive) return { kind: 'still-live', lock: alive };
    const [first] = judged;
    if (!first) return { kind: 'gone' };
    yield* deleteStale(records, first, observer);
    yield* sweepHolds(observer.layout, (yield* scanStore(observer.layout.running)).found);
    return { kind: 'reaped', lock: first };
  });
}

/**
 * Deletes the lock that somebody looked at and decided about, dead or alive. Inside the gate, and only while it is
 * the same incarnation: for ours the same id and token (a renewal meanwhile does not make it another lock), for
 * other records the same bytes.
 */
export function* forceRelease(lock: Lock, why: RemovalReason, observer: Observer): Steps<Released | Changed | Gone> {
  if (!(yield* sys('lstat', observer.layout.running))) return { kind: 'gone' };
  return yield* insideGate(observer.layout, {}, function* () {
    const records = yield* recordsOf(lock, observer);
    const [first] = records;
    if (!first) return { kind: 'gone' };
    const now = yield* observe(first, observer);
    const same = lock.token === undefined ? now.fingerprint === lock.fingerprint : now.token === lock.token;
    if (!same) return { kind: 'changed', lock: now };
    yield* deleteRecords(records, why, now, observer);
    return { kind: 'released', lock: now };
  });
}

/** All records of one lock; a crash inside a renewal may have left two. */
function* recordsOf(lock: Lock, observer: Observer): Steps<readonly Found[]> {
  const { found } = yield* scanStore(observer.layout.running);
  const ours = lock.token !== undefined;
  // Somebody else's record may carry one of our ids as its name.
  return found.filter((candidate) => lockIdOf(candidate) === lock.id && isOurs(candidate) === ours);
}

function isOurs({ content }: Found): boolean {
  return content.kind === 'record' && content.record.extra !== undefined;
}

/** Into the journal afterwards: nobody wakes up at the deletion, and one that fails is no reaping. */
function* deleteStale(records: readonly Found[], lock: Lock, observer: Observer): Steps<void> {
  const { layout } = observer;
  refuseFolders(records);
  try {
    for (const { path } of records) yield* sys('unlink', path);
  } catch (error) {
    throw yield* notDeletable(lock, error, observer);
  }
  yield* writeJournalInGate(layout, yield* removalOf('reaped', lock, observer));
}

/** Into the journal first: the holder wakes up at the deletion, and wants to know by whom. */
function* deleteRecords(records: readonly Found[], event: RemovalReason, lock: Lock, observer: Observer): Steps<void> {
  const { layout } = observer;
  refuseFolders(records);
  yield* writeJournalInGate(layout, yield* removalOf(event, lock, observer));
  try {
    for (const { path } of records) yield* sys('unlink', path);
  } catch (error) {
    throw notWritable(layout.running, error);
  }
}

function* removalOf(event: 'reaped' | RemovalReason, lock: Lock, { identity, layout }: Observer): Steps<JournalEvent> {
  const by = `${identity.user}, pid ${identity.pid}`;
  return { event, id: lock.id, by, ...describeLock(lock, layout), ...heldMs(lock, yield* sys('now')) };
}

function refuseFolders(records: readonly Found[]): void {
  for (const { info, path } of records) if (info.kind === 'directory') throw notDeleted(path);
}

function notDeleted(folder: string): LockError {
  return new LockError(
    'not-supported',
    `${escapeForDisplay(folder, 300)} is a directory, and it is not deleted because something may be in it.`,
    `Look into it, then run: rmdir ${shellWord(folder)}`,
  );
}
