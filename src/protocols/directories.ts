import { messageOf, LockError, systemErrorCode } from '../core/errors.ts';
import { sys, type DirectoryEntry, type Steps } from '../os/os.ts';

/**
 * Whether there is such a directory for us, also behind a link: people keep the dot-folders of their home elsewhere. False
 * where we may not even look, as in the home of another user whose environment we have: we share nothing there.
 */
export function* isDirectory(directory: string): Steps<boolean> {
  try {
    const info = yield* sys('lstat', directory);
    if (info?.kind !== 'symbolic link') return info?.kind === 'directory';
    return (yield* sys('readdir', directory)) !== undefined;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return false;
  }
}

/**
 * None where there is no such directory.
 * @param whose lock directory, for the sentence: `agentwire`
 * @throws LockError `store-not-readable`
 */
export function* entriesOf(directory: string, whose: string): Steps<readonly DirectoryEntry[]> {
  try {
    return (yield* sys('readdir', directory)) ?? [];
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    throw new LockError(
      'store-not-readable',
      `${whose}’s lock directory ${directory} cannot be read (${messageOf(error)}).`,
      `Nobody can tell what ${whose} holds until it is a directory that you may read.`,
      { cause: error },
    );
  }
}
