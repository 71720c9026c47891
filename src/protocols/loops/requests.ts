/**
 * Requests to a holder: only the holder writes its record, so whoever has the lock's token or session and is another
 * process asks it to renew, by a file named after the lock. The holder takes the file away and renews.
 */
import * as path from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import type { LockId } from '../../core/lock.ts';
import { longestTtlMs } from '../../core/longestTtl.ts';
import { sys, type Steps } from '../../os/os.ts';
import { temporaryName, type StoreLayout } from './layout.ts';
import { readWhole } from './readWhole.ts';
import { notWritable } from './storeNotWritable.ts';

export interface RenewalRequest {
  readonly ttlMs: number;
}

const longestRequestBytes = 4_096;

/** Newcomers sweep once in their lives, and not for ever between the same two steps of ours. */
const mostWritings = 10;

/** Of two requests to one lock, the later one counts. */
export function* writeRequest(layout: StoreLayout, id: LockId, request: RenewalRequest): Steps<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      yield* writeOnce(layout, id, request);
      return;
    } catch (error) {
      // A sweeper takes what is being written for what the dead have left.
      if (systemErrorCode(error) === 'ENOENT' && attempt < mostWritings) continue;
      throw systemErrorCode(error) === undefined ? error : notWritable(layout.requests, error);
    }
  }
}

/** Complete under another name first. */
function* writeOnce(layout: StoreLayout, id: LockId, { ttlMs }: RenewalRequest): Steps<void> {
  const temporary = path.join(layout.requests, temporaryName(yield* sys('uuid')));
  yield* sys('mkdir', layout.requests);
  const fd = yield* sys('open', temporary, 'create-exclusive');
  try {
    yield* sys('write', fd, JSON.stringify({ version: 1, ttl_ms: ttlMs }));
  } finally {
    yield* sys('close', fd);
  }
  yield* sys('rename', temporary, requestFile(layout, id));
}

/**
 * The request to the holder of `id`, which is gone afterwards. Between reading and deleting, a later request may take
 * the file's place and be deleted unread; whoever wrote it sees that the lock was renewed, if not for how long.
 */
export function* takeRequest(layout: StoreLayout, id: LockId): Steps<RenewalRequest | undefined> {
  const file = requestFile(layout, id);
  if (!(yield* sys('lstat', file))) return undefined;
  const read = yield* readWhole(file, longestRequestBytes);
  yield* deleteQuietly(file);
  const ttlMs = read && ttlIn(read.bytes);
  return ttlMs === undefined ? undefined : { ttlMs };
}

/** Takes one's own request back; false where the holder has taken it already. */
export function* withdrawRequest(layout: StoreLayout, id: LockId): Steps<boolean> {
  try {
    return yield* sys('unlink', requestFile(layout, id));
  } catch (error) {
    throw systemErrorCode(error) === undefined ? error : notWritable(layout.requests, error);
  }
}

/** Requests to locks that are gone. Inside the gate only, so that none of these locks can appear meanwhile. */
export function* sweepRequests(layout: StoreLayout, isHeld: (id: string) => boolean): Steps<void> {
  for (const { name } of (yield* sys('readdir', layout.requests)) ?? []) {
    if (!isHeld(path.basename(name, suffix))) yield* deleteQuietly(path.join(layout.requests, name));
  }
}

const suffix = '.json';

function requestFile(layout: StoreLayout, id: LockId): string {
  return path.join(layout.requests, `${id}${suffix}`);
}

/** A folder of that name, or another user's file, is in nobody's way. */
function* deleteQuietly(file: string): Steps<void> {
  try {
    yield* sys('unlink', file);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}

function ttlIn(bytes: Buffer): number | undefined {
  try {
    const { ttl_ms: ttlMs } = JSON.parse(bytes.toString('utf8')) as { ttl_ms?: unknown };
    return typeof ttlMs === 'number' && ttlMs > 0 && ttlMs <= longestTtlMs ? ttlMs : undefined;
  } catch {
    return undefined;
  }
}
