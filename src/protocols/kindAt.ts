import { systemErrorCode } from '../core/errors.ts';
import { sys, type FileInfo, type Steps } from '../os/os.ts';

/** What lies at a path that somebody else has written; undefined where nothing can lie: no file has so long a name. */
export function* kindAt(path: string): Steps<FileInfo['kind'] | undefined> {
  try {
    return (yield* sys('lstat', path))?.kind;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
