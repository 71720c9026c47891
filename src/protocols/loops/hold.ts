/** A hold: the flock that a living process keeps on its own file, by which others know that it lives (DESIGN 6.1). */
import * as path from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import type { HoldState } from '../../core/verdict.ts';
import { sys, type Fd, type FileInfo, type Steps } from '../../os/os.ts';
import type { StoreLayout } from './layout.ts';

export interface Hold {
  readonly name: string;
  readonly fd: Fd;
  readonly info: FileInfo;
}

/**
 * Takes a hold under a fresh name. Between creating the file and locking it, somebody who cleans leftovers may delete
 * it, because nobody holds it yet; so whoever names it in a record looks first, inside the gate, whether it is in place.
 * Once locked, no participant deletes it.
 */
export function* takeHold(layout: StoreLayout): Steps<Hold> {
  for (;;) {
    const name = yield* sys('uuid');
    const fd = yield* sys('openLocked', path.join(layout.alive, name), 'create-exclusive', 'exclusive');
    if (fd === undefined) continue; // a cleaner's shared probe came between creating and locking: try another name
    return { name, fd, info: yield* sys('fstat', fd) };
  }
}

/** False where somebody deleted the file (`git clean`): others could no longer probe it, so a new hold is needed. */
export function* isInPlace(layout: StoreLayout, hold: Hold): Steps<boolean> {
  const now = yield* sys('lstat', path.join(layout.alive, hold.name));
  return now !== undefined && now.ino === hold.info.ino && now.dev === hold.info.dev;
}

/**
 * Shared and non-blocking, so that probes trip nobody: only its owner ever wants the exclusive lock, and takes it
 * before any record names the file.
 *
 * An overlay (a container over our folder) keeps flocks of its own: there a file of the folder below looks free, whoever
 * holds it. It has another device number there than its holder saw, and then only the pid rows can decide.
 */
export function* probeHold(layout: StoreLayout, name: string, device?: number): Steps<HoldState> {
  const file = path.join(layout.alive, name);
  try {
    const info = yield* sys('lstat', file);
    // A link or a FIFO under that name is nobody's hold; the pid rows decide, as for a missing one.
    if (info?.kind !== 'file') return 'missing';
    if (device !== undefined && device !== info.dev) return 'elsewhere';
    const fd = yield* sys('openLocked', file, 'read', 'shared');
    if (fd === undefined) return 'held';
    yield* sys('close', fd);
    return 'released';
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unreadable';
  }
}

/** The owner's own goodbye. The file is its alone, so there is nothing to compare. */
export function* dropHold(layout: StoreLayout, hold: Hold): Steps<void> {
  yield* sys('unlink', path.join(layout.alive, hold.name));
  yield* sys('close', hold.fd);
}
