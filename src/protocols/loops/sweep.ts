import * as path from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import { sys, type Fd, type Steps } from '../../os/os.ts';
import type { StoreLayout } from './layout.ts';
import type { Found } from './scan.ts';

/** The portable flock provider spawns a process for each probe; the rest waits for the next sweep. */
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
  const names = ((yield* sys('readdir', layout.alive)) ?? []).map((entry) => entry.name);
  for (const name of names.filter((candidate) => !named.has(candidate)).slice(0, maxSweptAtOnce)) {
    yield* sweepOne(path.join(layout.alive, name));
  }
}

function* sweepOne(file: string): Steps<void> {
  let fd: Fd | undefined;
  try {
    fd = yield* sys('openLocked', file, 'read', 'shared');
  } catch (error) {
    // Gone already, or made by another user with other permissions: that user's own processes sweep it.
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'EACCES') return;
    throw error;
  }
  if (fd === undefined) return; // held by a living process that has no lock just now
  yield* sys('unlink', file);
  yield* sys('close', fd);
}
