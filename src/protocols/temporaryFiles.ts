/** Files of ours beside another tool's locks: under names that nobody there looks at, as none ends in `.lock`. */
import * as path from 'node:path';
import { systemErrorCode } from '../core/errors.ts';
import { sys, type FileInfo, type Steps } from '../os/os.ts';
import { fingerprintOf } from './readLockFile.ts';

const prefix = 'wlock-';
const suffix = '.tmp';

export function temporaryName(uuid: string): string {
  return `${prefix}${uuid}${suffix}`;
}

/** A publication takes milliseconds; what is older was left by a process that died in one. */
const leftoverMs = 60_000;

export function* removeLeftovers(directory: string): Steps<void> {
  const now = yield* sys('now');
  for (const { name } of (yield* sys('readdir', directory)) ?? []) {
    if (!name.startsWith(prefix) || !name.endsWith(suffix)) continue;
    const file = path.join(directory, name);
    const info = yield* sys('lstat', file);
    if (info?.kind === 'file' && now - info.ctimeMs > leftoverMs) yield* sys('unlink', file);
  }
}

/**
 * Deletes this very record, and no other that came under its name since it was read: aside first, then a look at what was
 * caught. A wrong catch goes back by link(2), unless somebody has taken the name in that moment.
 *
 * Killed after the rename, we have deleted a record that was to be deleted, or, where it had just been replaced, taken a
 * lock from somebody: a window of some microseconds that formats without a mutex leave open to everybody (PROTOCOLS 2.7).
 * @returns false where it was another one, which is left
 */
export function* removeSurely({ file, info }: { readonly file: string; readonly info: FileInfo }): Steps<boolean> {
  const now = yield* sys('lstat', file);
  if (!now) return true;
  if (fingerprintOf(now) !== fingerprintOf(info)) return false;
  const aside = path.join(path.dirname(file), temporaryName(yield* sys('uuid')));
  if (!(yield* moveAside(file, aside))) return true;
  const caught = yield* sys('lstat', aside);
  const isIt = caught === undefined || fingerprintOf(caught) === fingerprintOf(info);
  if (!isIt) yield* sys('link', aside, file);
  yield* sys('unlink', aside);
  return isIt;
}

/** False where it has gone since the look. */
export function* moveAside(file: string, aside: string): Steps<boolean> {
  try {
    yield* sys('rename', file, aside);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
