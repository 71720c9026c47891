import * as path from 'node:path';
import { sys, type Steps } from '../../os/os.ts';
import { fingerprintOf, readLockFile } from '../readLockFile.ts';
import type { FoundRecord } from './list.ts';
import type { Place } from './place.ts';
import { swarmFormat } from './record.ts';

const temporaryPrefix = 'wlock-';
const temporarySuffix = '.tmp';

/** Nobody there looks at a name that does not end in `.lock`. */
export function temporaryName(uuid: string): string {
  return `${temporaryPrefix}${uuid}${temporarySuffix}`;
}

/** A publication takes milliseconds; what is older was left by a process that died in one. */
const leftoverMs = 60_000;

export function* removeLeftovers({ directory }: Place): Steps<void> {
  const now = yield* sys('now');
  for (const { name } of (yield* sys('readdir', directory)) ?? []) {
    if (!name.startsWith(temporaryPrefix) || !name.endsWith(temporarySuffix)) continue;
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
 * lock from somebody: a window of some microseconds that this format leaves open to everybody (PROTOCOLS 2.7).
 * @returns false where it was another one, which is left
 */
export function* removeSurely({ file, info }: Pick<FoundRecord, 'file' | 'info'>): Steps<boolean> {
  const now = yield* sys('lstat', file);
  if (!now) return true;
  if (fingerprintOf(now) !== fingerprintOf(info)) return false;
  const aside = path.join(path.dirname(file), temporaryName(yield* sys('uuid')));
  yield* sys('rename', file, aside);
  const caught = yield* readLockFile(aside, swarmFormat);
  const isIt = caught === undefined || fingerprintOf(caught.info) === fingerprintOf(info);
  if (!isIt) yield* sys('link', aside, file);
  yield* sys('unlink', aside);
  return isIt;
}
