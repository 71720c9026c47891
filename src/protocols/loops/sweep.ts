import * as path from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import { sys, type Fd, type Steps } from '../../os/os.ts';
import type { StoreLayout } from './layout.ts';
import { readOwnFolder } from './ownFolder.ts';
import type { Found } from './scan.ts';

/**
 * The portable flock provider spawns a process for each probe; the rest waits for the next sweep. Each begins somewhere
 * else, so that so many files that cannot be swept do not keep the others from it for ever.
 */
const maxSweptAtOnce = 64;

/**
 * Deletes hold files of dead processes. Inside the gate only: no record that names one can appear meanwhile. We keep
 * the shared lock while we delete, so an owner that has just made the file cannot lock it in between; it fails, and
 * tries another name.
 */
export function* sweepHolds(layout: StoreLayout, found: readonly Found[]): Steps<void> {
  const named = new Set<string>();
  for (const { content } of found) {
    if (content.kind === 'record' && content.record.extra?.hold !== undefined) named.add(content.record.extra.hold);
  }
  const entries = yield* readOwnFolder(layout.alive);
  const leftover = entries.filter(({ name, isDirectory }) => !isDirectory && !named.has(name));
  const start = Math.floor((yield* sys('random')) * leftover.length);
  const chosen = [...leftover.slice(start), ...leftover.slice(0, start)].slice(0, maxSweptAtOnce);
  for (const { name } of chosen) yield* sweepOne(path.join(layout.alive, name));
}

/** A leftover that cannot be swept is no reason to fail: it may be a folder, a link, or another user's. */
function* sweepOne(file: string): Steps<void> {
  let fd: Fd | undefined;
  try {
    if ((yield* sys('lstat', file))?.kind !== 'file') return;
    fd = yield* sys('openLocked', file, 'read', 'shared');
    // Undefined: held by a living process that has no lock just now.
    if (fd !== undefined) yield* sys('unlink', file);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  } finally {
    if (fd !== undefined) yield* sys('close', fd);
  }
}
