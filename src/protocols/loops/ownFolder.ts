import { systemErrorCode } from '../../core/errors.ts';
import { sys, type DirectoryEntry, type Steps } from '../../os/os.ts';

/**
 * What is in a folder beside the records; nothing where a file or a circle of links is in its place, or it may not be read. For looks and sweeps:
 * one bad folder must not hide all locks. Whoever takes a lock refuses there (`assertQueue`).
 */
export function* readOwnFolder(folder: string): Steps<readonly DirectoryEntry[]> {
  try {
    return (yield* isThere(folder)) ? ((yield* sys('readdir', folder)) ?? []) : [];
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOTDIR' || code === 'EACCES' || code === 'ELOOP') return [];
    throw error;
  }
}

/** A listing of a folder that is not there fails, which costs more than this look; most stores never had a waiter. */
export function* isThere(folder: string): Steps<boolean> {
  return (yield* sys('lstat', folder)) !== undefined;
}
