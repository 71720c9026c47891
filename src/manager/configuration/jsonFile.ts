/** JSON that a person writes: read whole, bounded, and so that nothing in its place can hang us. */
import { escapeForDisplay } from '../../core/display.ts';
import { LockError, messageOf, systemErrorCode } from '../../core/errors.ts';
import { close, fstat, lstat, open, read } from '../../os/files.ts';
import type { Fd, FileInfo } from '../../os/os.ts';
import { unusable } from './badConfiguration.ts';

const maxBytes = 1024 * 1024;

/**
 * The file's value; undefined where there is no file. A link in its place is refused.
 * @throws LockError `bad-configuration` with the reason
 */
export function readJsonFile(file: string): unknown {
  const bytes = readBounded(file);
  return bytes && parseJson(file, bytes);
}

function readBounded(file: string): Uint8Array | undefined {
  let fd: Fd | undefined;
  try {
    const there = lstat(file);
    if (!there) return undefined;
    assertReadable(file, there);
    // It may have been replaced since: the open follows no link and waits for no writer, and the descriptor says again.
    fd = open(file, 'read');
    const info = fstat(fd);
    assertReadable(file, info);
    return read(fd, info.size);
  } catch (error) {
    if (error instanceof LockError) throw error;
    switch (systemErrorCode(error)) {
      case 'ENOENT':
      case 'ENOTDIR':
        return undefined;
      default:
        throw unusable(file, messageOf(error));
    }
  } finally {
    if (fd !== undefined) close(fd);
  }
}

function assertReadable(file: string, { kind, size }: FileInfo): void {
  if (kind !== 'file') throw unusable(file, `it is a ${kind}, not a file`);
  if (size > maxBytes) throw unusable(file, `it has ${size} bytes; at most ${maxBytes} are read`);
}

function parseJson(file: string, bytes: Uint8Array): unknown {
  let content: string;
  try {
    content = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unusable(file, 'it is not UTF-8 text');
  }
  try {
    return JSON.parse(content);
  } catch (error) {
    const reason = escapeForDisplay(messageOf(error), 200);
    throw unusable(file, `it is not JSON, in which comments and trailing commas are not allowed (${reason})`);
  }
}
