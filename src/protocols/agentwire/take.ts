/** Taking agentwire's locks by the recipe of PROTOCOLS 4.6: the kernel's lock on a file that nobody may ever delete. */
import type { Lock } from '../../core/lock.ts';
import { sys, type Steps } from '../../os/os.ts';
import { isStillThere, type OwnFile } from '../ownFile.ts';
import type { AcquireRequest } from '../protocol.ts';
import { fileOf, observe, observeUnseen } from './list.ts';
import { entryOf, stemsOf } from './session.ts';

export type Taking =
  | { readonly kind: 'taken'; readonly files: readonly OwnFile[] }
  /** Who is in the way; nobody where he has gone again meanwhile. */
  | { readonly kind: 'blocked'; readonly locks: readonly Lock[] };

/** Somebody may delete the file each time that we have locked it, but not for ever; and let go each time that we look. */
const mostTries = 20;

/** All, or nothing. */
export function* takeAll(directory: string, request: AcquireRequest, uid: number): Steps<Taking> {
  const files: OwnFile[] = [];
  try {
    for (const stem of stemsOf(request.scope)) {
      const blockers = yield* takeOne(directory, stem, request, uid, files);
      if (!blockers) continue;
      yield* giveBack(files);
      return { kind: 'blocked', locks: blockers };
    }
  } catch (error) {
    yield* giveBack(files);
    throw error;
  }
  return { kind: 'taken', files };
}

/** Undefined: we have it, or a relative of ours has. */
function* takeOne(
  directory: string,
  stem: string,
  request: AcquireRequest,
  uid: number,
  taken: OwnFile[],
): Steps<readonly Lock[] | undefined> {
  const file = fileOf(directory, stem);
  for (let tries = 0; tries < mostTries; tries++) {
    const fd = yield* sys('openLocked', file, 'create', 'exclusive');
    if (fd === undefined) {
      const blocker = yield* observe(directory, stem, uid);
      if (!blocker) continue; // let go meanwhile
      return (yield* isOfRelative(blocker, stem, request)) ? undefined : [blocker];
    }
    // Only the file that the path names now is the lock; another was deleted between our open and our flock.
    if (yield* isStillThere({ file, fd })) {
      taken.push({ file, fd });
      yield* sys('truncate', fd);
      yield* sys('write', fd, `${(yield* sys('identity')).pid}\n`);
      return undefined;
    }
    yield* sys('close', fd);
  }
  const unseen = yield* observeUnseen(directory, stem, uid);
  return unseen ? [unseen] : [];
}

/**
 * The gate has let us in beside a living lock of ours on the very same session, so its process is our ancestor, and what
 * it holds there covers us too.
 */
function* isOfRelative({ holder }: Lock, stem: string, { standsFor }: AcquireRequest): Steps<boolean> {
  const { name } = entryOf(stem);
  const living = standsFor ? yield* standsFor.living() : [];
  return living.some(
    (lock) =>
      lock.holder.pid !== undefined &&
      lock.holder.pid === holder.pid &&
      lock.scope.some((entry) => entry.kind === 'name' && entry.name === name),
  );
}

/** The kernel frees the lock; the file stays, as agentwire leaves it too (PROTOCOLS 4.3). */
export function* giveBack(files: readonly OwnFile[]): Steps<void> {
  for (const { fd } of files) yield* sys('close', fd);
}
