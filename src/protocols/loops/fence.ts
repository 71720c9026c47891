/** Fencing tokens: numbers that only grow within a store (DESIGN 6.1, Token). Only used inside the gate. */
import { LockError, messageOf, systemErrorCode } from '../../core/errors.ts';
import { sys, type Fd, type Steps } from '../../os/os.ts';
import type { StoreLayout } from './layout.ts';

/** The year 2112 in µs. What claims to be later was not counted but forged, and would leave no room to grow. */
const largestToken = 2 ** 52;

/** One fsync reserves so many tokens; after a power cut the next boot goes on above what was reserved. */
const blockSize = 1_000;

interface Fence {
  readonly next: number;
  /** No token at or above it has been given out. */
  readonly reserved: number;
  readonly boot: string;
}

/**
 * The next token. The file is overwritten in place with one write of constant length, which SIGKILL cannot halve;
 * only a power cut can, and then the file is unreadable, and we start above the clock and above every record.
 * Fails with ENOENT where our folder has been deleted; the caller starts over.
 */
export function* nextToken(layout: StoreLayout, recorded: Iterable<number>): Steps<number> {
  try {
    return yield* takeToken(layout, recorded);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined || code === 'ENOENT') throw error;
    throw new LockError(
      'store-not-writable',
      `The token counter ${layout.fence} cannot be used (${messageOf(error)}).`,
      'Look what it is, and move it away while no loop runs; tokens go on above those that were given out.',
      { cause: error },
    );
  }
}

function* takeToken(layout: StoreLayout, recorded: Iterable<number>): Steps<number> {
  const boot = (yield* sys('identity')).bootId ?? 'no-boot-id';
  yield* moveAside(layout);
  const fd = yield* sys('open', layout.fence, 'create');
  try {
    const fence = yield* readFence(fd);
    const token = fence === undefined ? yield* firstToken(recorded) : fence.boot === boot ? fence.next : fence.reserved;
    const reserves = fence?.boot !== boot || token + 1 > fence.reserved;
    const reserved = reserves ? token + blockSize : fence.reserved;
    yield* sys('write', fd, formatFence({ next: token + 1, reserved, boot }));
    if (reserves) yield* sys('fsync', fd);
    return token;
  } finally {
    yield* sys('close', fd);
  }
}

/**
 * A folder, a link or a FIFO in the counter's place says nothing, and must not keep everybody from locking. Kept under
 * another name, because we do not know what it is. Inside the gate no participant puts a counter there between our look
 * and the rename; if a stranger does, its file is moved aside too, which is the same as a counter that was deleted.
 */
function* moveAside(layout: StoreLayout): Steps<void> {
  const info = yield* sys('lstat', layout.fence);
  if (info && info.kind !== 'file') yield* sys('rename', layout.fence, `${layout.fence}.${yield* sys('uuid')}`);
}

/** Above wall-clock microseconds, so above what a deleted fence may have given out; and above every living record. */
function* firstToken(recorded: Iterable<number>): Steps<number> {
  let token = (yield* sys('now')) * 1_000;
  for (const seen of recorded) if (seen < largestToken) token = Math.max(token, seen + 1);
  return token;
}

const fencePattern = /^(\d{16}) (\d{16}) (\S{1,64}) *\n$/;
const fenceBytes = 16 + 1 + 16 + 1 + 64 + 1;

function formatFence({ next, reserved, boot }: Fence): string {
  const number = (value: number): string => String(value).padStart(16, '0');
  return `${number(next)} ${number(reserved)} ${boot.slice(0, 64).padEnd(64)}\n`;
}

function* readFence(fd: Fd): Steps<Fence | undefined> {
  const text = (yield* sys('read', fd, fenceBytes)).toString('latin1');
  const match = fencePattern.exec(text);
  if (!match) return undefined;
  const [next, reserved, boot] = [Number(match[1]), Number(match[2]), match[3] ?? ''];
  return next <= reserved && reserved < largestToken ? { next, reserved, boot } : undefined;
}
