/**
 * Taking claude-swarm's locks by the recipe of PROTOCOLS 2.7. Nothing there serialises anybody, so it is as safe as those
 * agents' own rule lets it be: complete records by link(2), a while for a peer in the middle of its own steps, and a second
 * look. What a peer may still do to us (2.5, races 2 and 4) is found when the lock is verified, and told as its loss.
 */
import * as path from 'node:path';
import { escapeForDisplay } from '../../core/display.ts';
import { LockError } from '../../core/errors.ts';
import { blocks, type Lock, type LockId } from '../../core/lock.ts';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { judge } from '../../core/verdict.ts';
import { sys, type Steps } from '../../os/os.ts';
import { isStillThere, type OwnFile } from '../ownFile.ts';
import type { AcquireRequest } from '../protocol.ts';
import { scopesMeet } from '../scopesMeet.ts';
import { removeLeftovers, removeSurely, temporaryName } from '../temporaryFiles.ts';
import { observe, scanPlace, type FoundRecord, type Viewer } from './list.ts';
import { lockName } from './name.ts';
import type { Place } from './place.ts';
import { agentOf, encode, standsFor, swarmFormat } from './record.ts';
import { wordsFor } from './words.ts';

export interface OwnRecord extends OwnFile {
  readonly place: Place;
  readonly word: string;
  readonly agentId: string;
  /** As it stands in the record; a refresh keeps it. */
  readonly reason: string;
  /** It stood there before this process had anything to do with it: the lock has been taken over. */
  readonly isAdopted: boolean;
}

/** A word under which another living lock of this store stands, and nothing of this one yet. */
export interface WantedWord {
  readonly place: Place;
  readonly word: string;
}

/** What one lock has there, and what it will have once others of ours let go (`wanted.ts`). */
export interface Taken {
  readonly taker: Taker;
  readonly files: OwnRecord[];
  wanted: readonly WantedWord[];
  /** For good: what a peer does under a lock that it has been let into cannot be undone. */
  isLost: boolean;
}

export type Taking =
  | { readonly kind: 'taken'; readonly taken: Taken }
  /** Who is in the way; nobody where he has gone again meanwhile. */
  | { readonly kind: 'blocked'; readonly locks: readonly Lock[] };

export interface Taker extends Viewer {
  readonly request: AcquireRequest;
  readonly id: LockId;
  readonly caseRule: CaseRule;
}

/** A peer that has checked and not yet written needs less (PROTOCOLS 2.7, measured). */
export const settleMs = 30;

/** Characters, as Python counts them; its command line allows 512. */
const longestReason = 500;

/** All, or nothing: where somebody is in the way, our files are gone again. */
export function* takeAll(places: readonly Place[], taker: Taker): Steps<Taking> {
  const taken: Taken = { taker, files: [], wanted: [], isLost: false };
  let locks: readonly Lock[] | undefined;
  try {
    locks = yield* takeEach(places, taken);
  } catch (error) {
    yield* undo(taken.files);
    throw error;
  }
  if (locks === undefined) return { kind: 'taken', taken };
  yield* undo(taken.files);
  return { kind: 'blocked', locks };
}

/** What stood there for the lock before it was taken over goes on standing for it. */
function* undo(files: readonly OwnRecord[]): Steps<void> {
  yield* giveBack(files.filter(({ isAdopted }) => !isAdopted));
  yield* letGo(files.filter(({ isAdopted }) => isAdopted));
}

/** Undefined: nobody is in the way. */
function* takeEach(places: readonly Place[], taken: Taken): Steps<readonly Lock[] | undefined> {
  const { taker, files } = taken;
  for (const place of places) {
    yield* removeLeftovers(place.directory);
    const before = yield* blockersIn(place, taker);
    if (before.length > 0) return before;
    for (const word of yield* wordsFor(taker.request.scope, place.root)) {
      const blocker = yield* takeWord(place, word, taken);
      if (blocker) return [blocker];
    }
  }
  if (files.length === 0) return undefined;
  yield* sys('sleep', settleMs);
  for (const own of files) if (!(yield* isStillThere(own))) return yield* whoTook(own, taker);
  for (const place of places) {
    const after = yield* blockersIn(place, taker);
    if (after.length > 0) return after;
  }
  return undefined;
}

/** Undefined: we have it, or another living lock of ours stands there already. */
function* takeWord(place: Place, word: string, taken: Taken): Steps<Lock | undefined> {
  const { taker, files } = taken;
  const file = path.join(place.directory, lockName(word));
  for (;;) {
    if (yield* publish(place, word, taken)) return undefined;
    const found = (yield* scanPlace(place)).find((each) => each.file === file);
    if (!found) continue; // released meanwhile
    const owner = ownerOf(found, taker);
    if (owner === taker.id) {
      const reason = found.content.kind === 'record' ? found.content.reason : '';
      files.push({
        file,
        fd: yield* sys('open', file, 'read-write'),
        place,
        word,
        agentId: agentIdOf(taker),
        reason,
        isAdopted: true,
      });
      return undefined;
    }
    // Asked after the record was read: a lock of ours that came meanwhile was published before its record.
    if (owner !== undefined && (yield* isLiving(owner, taker))) {
      taken.wanted = [...taken.wanted, { place, word }];
      return undefined;
    }
    const lock = yield* observe(found, place, taker);
    // Where nobody has said which locks of ours live, none of them is known to be dead.
    if (owner !== undefined && taker.request.standsFor === undefined) return lock;
    if (found.content.kind === 'malformed') {
      assertIsFile(found, found.content.problem);
      if (!(yield* isLeftUnwritten(found))) return perhapsBeingWritten(lock, found.content.problem);
    } else if (!(yield* isRemovable(lock, place))) {
      return lock;
    }
    if (!(yield* removeSurely(found))) return lock;
  }
}

/**
 * Longer than any agent takes from making its file to writing the record into it (PROTOCOLS 2.5, race 1). One that is older
 * was left by somebody who died in between, and any agent that asks for the same path deletes it.
 */
const writingMs = 10_000;

export function* isLeftUnwritten({ info, content }: FoundRecord): Steps<boolean> {
  if (content.kind !== 'malformed' || !isWholeFile(info)) return false;
  return Math.abs((yield* sys('now')) - info.mtimeMs) > writingMs;
}

/** Not one that was too long to be read: that may be a record with a long reason. */
function isWholeFile({ kind, size }: FoundRecord['info']): boolean {
  return kind === 'file' && size <= swarmFormat.maxBytes;
}

/** @throws LockError for what is not deleted however old it is */
function assertIsFile({ file, info }: FoundRecord, problem: string): void {
  if (isWholeFile(info)) return;
  throw new LockError(
    'store-not-writable',
    `claude-swarm’s lock cannot be taken: where its file has to be, ${escapeForDisplay(file, 300)}, stands something that no agent writes (${problem}).`,
    'Look into it, and move it away.',
  );
}

function perhapsBeingWritten(lock: Lock, problem: string): Lock {
  const { verdict, reason: verdictReason, evidence } = judge({ kind: 'perhaps-being-written', problem });
  return { ...lock, verdict, verdictReason, evidence };
}

/** In which a peer that reads a record while it is just not over may come to delete it. */
const overSoonMs = 10_000;

/**
 * A record whose time is over, or one that stands for a lock of this store that is known to be dead: nobody refreshes it any
 * more. Shortly before its time is over it is left, as a peer may be about to replace it (PROTOCOLS 2.5, race 3).
 */
export function* isRemovable(lock: Lock, { timeoutMs }: Place): Steps<boolean> {
  if (lock.verdict === 'stale') return true;
  if (lock.standsFor === undefined || lock.acquiredAt === undefined) return false;
  return (yield* sys('now')) - lock.acquiredAt < timeoutMs - overSoonMs;
}

/** False where something has that name. */
export function* publish(place: Place, word: string, { taker, files }: Taken): Steps<boolean> {
  const file = path.join(place.directory, lockName(word));
  const temporary = path.join(place.directory, temporaryName(yield* sys('uuid')));
  const fd = yield* sys('open', temporary, 'create-exclusive');
  const [agentId, reason] = [agentIdOf(taker), reasonOf(taker.request)];
  let linked = false;
  try {
    yield* sys('write', fd, encode({ agentId, filepath: word, lockedAt: yield* sys('now'), reason }));
    // link(2) replaces nothing, and shows a complete record or none. Killed before the unlink below, we leave a second
    // name that no reader looks at, for the next of us to delete.
    linked = yield* sys('link', temporary, file);
    return linked;
  } finally {
    yield* sys('unlink', temporary);
    if (linked) files.push({ file, fd, place, word, agentId, reason, isAdopted: false });
    else yield* sys('close', fd);
  }
}

/**
 * Its agents see no name but that of our lock, so the reason says who it is. Whole characters only: half of a surrogate pair
 * makes Python fail where it prints it.
 */
function reasonOf({ holderName, reason }: AcquireRequest): string {
  const text = reason === undefined ? holderName : `${holderName}: ${reason}`;
  return Array.from(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'))
    .slice(0, longestReason)
    .join('');
}

/** Locks of agents, and of our other stores, that overlap; those that stand for locks of this store have been let in, or are dead. */
export function* blockersIn(place: Place, taker: Taker): Steps<readonly Lock[]> {
  const blockers: Lock[] = [];
  for (const found of yield* scanPlace(place)) {
    if (ownerOf(found, taker) !== undefined) continue;
    const lock = yield* observe(found, place, taker);
    if (blocks(lock) && (yield* scopesMeet(taker.request.scope, lock.scope, taker.caseRule))) blockers.push(lock);
  }
  return blockers;
}

function* whoTook({ file, place }: OwnRecord, taker: Taker): Steps<readonly Lock[]> {
  const found = (yield* scanPlace(place)).filter((each) => each.file === file);
  const locks: Lock[] = [];
  for (const each of found) locks.push(yield* observe(each, place, taker));
  return locks;
}

function agentIdOf({ id, storeMark }: Taker): string {
  return agentOf(id, storeMark);
}

function ownerOf({ content }: FoundRecord, { storeMark }: Viewer): LockId | undefined {
  return content.kind === 'record' ? standsFor(content, storeMark) : undefined;
}

function* isLiving(id: LockId, { request }: Taker): Steps<boolean> {
  const living = request.standsFor ? yield* request.standsFor.living() : [];
  return living.some((lock) => lock.id === id);
}

/**
 * Deletes what is still ours. Between the look and the unlink a peer can replace it only by taking it for stale, and it
 * has just been refreshed; or for corrupt, which it then does to anybody's (PROTOCOLS 2.5, race 2).
 */
export function* giveBack(files: readonly OwnRecord[]): Steps<void> {
  for (const own of files) {
    if (yield* isStillThere(own)) yield* sys('unlink', own.file);
    yield* sys('close', own.fd);
  }
}

/** Leaves the records where they are. */
export function* letGo(files: readonly OwnRecord[]): Steps<void> {
  for (const { fd } of files) yield* sys('close', fd);
}

/**
 * A new time, written in place: into our own inode, so that it cannot bring a lock back that a peer has taken meanwhile,
 * however long we are stopped between any two lines (PROTOCOLS 2.5, race 6). Only digits change, and not their number.
 */
export function* refresh({ fd, word, agentId, reason }: OwnRecord): Steps<void> {
  yield* sys('write', fd, encode({ agentId, filepath: word, lockedAt: yield* sys('now'), reason }));
}
