/**
 * Taking openclaw's session locks as its builds up to 2026.5.7 do (PROTOCOLS 3.9): a complete record by link(2), and where
 * a dead one stands in the way, only what proves to be that very record goes. Its own agents delete by name what they read
 * a moment ago, so that ours may be hit: hence a while, and a second look; later it is told as a loss.
 *
 * Nobody may write to a record, so ours cannot be made younger: after 30 minutes those builds take it over although we
 * live, and the holder is told.
 */
import * as path from 'node:path';
import { escapeForDisplay } from '../../core/display.ts';
import { LockError } from '../../core/errors.ts';
import type { Lock } from '../../core/lock.ts';
import type { ScopeEntry } from '../../core/scope/entry.ts';
import { sys, type Steps } from '../../os/os.ts';
import { isDirectory } from '../directories.ts';
import { isStillThere, type OwnFile } from '../ownFile.ts';
import type { AcquireRequest } from '../protocol.ts';
import { readLockFile } from '../readLockFile.ts';
import { removeLeftovers, removeSurely, temporaryName } from '../temporaryFiles.ts';
import { lookAt, observe } from './list.ts';
import { lockFile, sessionsFolder, sessionsOf, type Session } from './place.ts';
import { clawFormat, encode, ticksOf } from './record.ts';

export interface OwnRecord extends OwnFile {
  readonly session: Session;
  /** What we wrote; whoever writes anything else there has made it his. */
  readonly text: string;
}

export type Taking =
  | { readonly kind: 'taken'; readonly files: readonly OwnRecord[] }
  /** Who is in the way; nobody where he has gone again meanwhile. */
  | { readonly kind: 'blocked'; readonly locks: readonly Lock[] };

/** A peer that has read a dead record and not yet deleted what stands under its name needs less. */
const settleMs = 30;

/** Somebody may let go each time that we look. */
const mostTries = 20;

/** All, or nothing: where somebody is in the way, our files are gone again. */
export function* takeAll(state: string, request: AcquireRequest, uid: number): Steps<Taking> {
  const files: OwnRecord[] = [];
  let locks: readonly Lock[] | undefined;
  try {
    locks = yield* takeEach(state, request, uid, files);
  } catch (error) {
    yield* giveBack(files);
    throw error;
  }
  if (locks === undefined) return { kind: 'taken', files };
  yield* giveBack(files);
  return { kind: 'blocked', locks };
}

/** Undefined: nobody is in the way. */
function* takeEach(
  state: string,
  request: AcquireRequest,
  uid: number,
  taken: OwnRecord[],
): Steps<readonly Lock[] | undefined> {
  for (const session of sessionsOf(state, request.scope)) {
    const blockers = yield* takeOne(state, session, request, uid, taken);
    if (blockers) return blockers;
  }
  if (taken.length === 0) return undefined;
  yield* sys('sleep', settleMs);
  for (const own of taken) {
    if (yield* isStillThere(own)) continue;
    const taker = yield* lookAt(state, own.session, uid);
    return taker ? [taker] : [];
  }
  return undefined;
}

/** Undefined: we have it, or a relative of ours has. */
function* takeOne(
  state: string,
  session: Session,
  request: AcquireRequest,
  uid: number,
  taken: OwnRecord[],
): Steps<readonly Lock[] | undefined> {
  const folder = sessionsFolder(state, session.agent);
  yield* makeFolder(folder, session);
  yield* removeLeftovers(folder);
  for (let tries = 0; tries < mostTries; tries++) {
    // A look first: a try makes files, which wakes whoever watches the folder, us too.
    const read = yield* readLockFile(lockFile(state, session), clawFormat);
    if (!read) {
      if (yield* create(state, session, taken)) return undefined;
      continue; // taken meanwhile
    }
    const lock = yield* observe(state, session, read, uid);
    if (yield* isOfRelative(lock, request)) return undefined;
    if (lock.verdict !== 'stale') return [lock];
    if (!(yield* removeSurely({ file: lock.file, info: read.info }))) continue; // another one stands there by now
  }
  return [];
}

/** An agent that openclaw does not know is a mistake in the name, and none is made of it. */
function* makeFolder(folder: string, { agent }: Session): Steps<void> {
  if (!(yield* isDirectory(path.dirname(folder)))) {
    throw new LockError(
      'not-found',
      `openclaw has no agent ${escapeForDisplay(agent, 60)}: ${escapeForDisplay(path.dirname(folder), 300)} is not there.`,
      'Name a session as openclaw:AGENT/SESSION, of an agent that has been set up.',
    );
  }
  yield* sys('mkdir', folder);
}

function* create(state: string, session: Session, taken: OwnRecord[]): Steps<boolean> {
  const { pid, startTime } = yield* sys('identity');
  const startTicks = ticksOf(startTime);
  const createdAt = yield* sys('now');
  const text = encode({ kind: 'record', pid, createdAt, ...(startTicks === undefined ? {} : { startTicks }) });
  const file = lockFile(state, session);
  const temporary = path.join(path.dirname(file), temporaryName(yield* sys('uuid')));
  const fd = yield* sys('open', temporary, 'create-exclusive');
  let linked = false;
  try {
    yield* sys('write', fd, text);
    // link(2) replaces nothing, and shows a complete record or none. Killed before the unlink below, we leave a second
    // name that no reader looks at, for the next of us to delete.
    linked = yield* sys('link', temporary, file);
    return linked;
  } finally {
    yield* sys('unlink', temporary);
    if (linked) taken.push({ file, fd, session, text });
    else yield* sys('close', fd);
  }
}

/**
 * The gate has let us in beside a living lock of ours that names the session in the same words, so its process is our
 * ancestor, and what it holds there covers us too. In other words it has not compared them: a name and a transcript.
 */
function* isOfRelative({ holder, scope }: Lock, request: AcquireRequest): Steps<boolean> {
  const compared = scope.filter((entry) => request.scope.some((asked) => isSame(entry, asked)));
  const living = request.standsFor ? yield* request.standsFor.living() : [];
  return living.some(
    (lock) =>
      lock.holder.pid !== undefined &&
      lock.holder.pid === holder.pid &&
      lock.scope.some((entry) => compared.some((common) => isSame(entry, common))),
  );
}

function isSame(a: ScopeEntry, b: ScopeEntry): boolean {
  if (a.kind === 'name') return b.kind === 'name' && a.name === b.name;
  return a.kind === 'path' && b.kind === 'path' && a.path === b.path;
}

/**
 * Deletes what is still ours, in inode and bytes. Between the look and the unlink a peer can replace it only by taking a
 * living process for dead, or after 30 minutes.
 */
export function* giveBack(files: readonly OwnRecord[]): Steps<void> {
  for (const own of files) {
    if ((yield* isStillThere(own)) && (yield* isUnchanged(own))) yield* sys('unlink', own.file);
    yield* sys('close', own.fd);
  }
}

function* isUnchanged({ fd, text }: OwnRecord): Steps<boolean> {
  const bytes = yield* sys('read', fd, text.length + 1);
  return bytes.toString('utf8') === text;
}
