import * as path from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import type { HoldState } from '../../core/verdict.ts';
import { sys, type Steps } from '../../os/os.ts';
import type { StoreLayout } from './layout.ts';

/**
 * Shared and non-blocking, so that probes trip nobody: only its owner ever wants the exclusive lock, and takes it
 * before any record names the file.
 *
 * An overlay (a container over our folder) keeps flocks of its own: there a file of the folder below looks free, whoever
 * holds it. It has another device number there than its holder saw, and then only the pid rows can decide.
 */
export function* probeHold(layout: StoreLayout, name: string, device?: number): Steps<HoldState> {
  const file = path.join(layout.alive, name);
  try {
    const info = yield* sys('lstat', file);
    // A link or a FIFO under that name is nobody's hold; the pid rows decide, as for a missing one.
    if (info?.kind !== 'file') return 'missing';
    if (device !== undefined && device !== info.dev) return 'elsewhere';
    const fd = yield* sys('openLocked', file, 'read', 'shared');
    if (fd === undefined) return 'held';
    yield* sys('close', fd);
    return 'released';
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'unreadable';
  }
}
