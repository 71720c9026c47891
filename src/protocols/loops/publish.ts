import * as path from 'node:path';
import { LockError, systemErrorCode } from '../../core/errors.ts';
import { sys, type Steps } from '../../os/os.ts';
import { recordName, temporaryName, type StoreLayout } from './layout.ts';
import { encodeRecord } from './encodeRecord.ts';
import { maxRecordBytes } from './record.ts';
import { notWritable } from './storeNotWritable.ts';

/**
 * Publishes a record under a fresh name and returns its path. Complete content first, under a name that nobody reads,
 * then rename: a reader sees all of it or nothing, and a crash in between leaves a temporary file for the next gate
 * holder to delete. The name is fresh, so the rename replaces nothing. Inside the gate only.
 */
export function* publish(layout: StoreLayout, record: Parameters<typeof encodeRecord>[0]): Steps<string> {
  const file = path.join(layout.running, recordName(yield* sys('uuid')));
  yield* writeFresh(layout.running, file, record);
  return file;
}

/** Writes a record as `file`, a name that was never used, in `folder`: first elsewhere, then renamed. Inside the gate only. */
export function* writeFresh(folder: string, file: string, record: Parameters<typeof encodeRecord>[0]): Steps<void> {
  const text = encodeRecord(record);
  assertReadable(text);
  const temporary = path.join(folder, temporaryName(yield* sys('uuid')));
  try {
    yield* writeFile(temporary, text);
    yield* sys('rename', temporary, file);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') throw error; // the directory went: the caller starts over
    yield* sys('unlink', temporary);
    throw notWritable(folder, error);
  }
}

/** Nobody reads more, so a larger record would be taken for no lock at all, and exclude nobody. */
function assertReadable(text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxRecordBytes) return;
  throw new LockError(
    'usage',
    `The lock's record would have ${bytes} bytes; at most ${maxRecordBytes} are read.`,
    'Lock a directory instead of its files, or give a shorter reason.',
  );
}

function* writeFile(file: string, text: string): Steps<void> {
  const fd = yield* sys('open', file, 'create-exclusive');
  try {
    yield* sys('write', fd, text);
  } finally {
    yield* sys('close', fd);
  }
}
