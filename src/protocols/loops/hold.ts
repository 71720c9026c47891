/** A hold: the flock that a living process keeps on its own file, by which others know that it lives (DESIGN 6.1). */
import * as path from 'node:path';
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

/** The owner's own goodbye. The file is its alone, so there is nothing to compare. */
export function* dropHold(layout: StoreLayout, hold: Hold): Steps<void> {
  yield* sys('unlink', path.join(layout.alive, hold.name));
  yield* sys('close', hold.fd);
}
