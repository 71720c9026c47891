import { systemErrorCode } from '../../core/errors.ts';
import { sys, type FileInfo, type Steps } from '../../os/os.ts';

/**
 * At most `maxBytes` from the end of a file; undefined where it is no file or cannot be read. For reports and looks that
 * guard nothing, so that what cannot be read is simply not told.
 */
export function* readWhole(
  file: string,
  maxBytes: number,
): Steps<{ readonly bytes: Buffer; readonly info: FileInfo } | undefined> {
  try {
    const before = yield* sys('lstat', file);
    if (before?.kind !== 'file') return undefined;
    const fd = yield* sys('open', file, 'read');
    try {
      const info = yield* sys('fstat', fd); // the descriptor says what we read: the name may have been replaced
      return info.kind === 'file' ? { bytes: yield* sys('readTail', fd, maxBytes), info } : undefined;
    } finally {
      yield* sys('close', fd);
    }
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return undefined;
  }
}
