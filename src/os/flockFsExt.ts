import { createRequire } from 'node:module';
import { systemErrorCode } from '../core/errors.ts';
import * as files from './files.ts';
import type { FlockProvider } from './flock.ts';

interface FsExt {
  flockSync(fd: number, flags: 'exnb' | 'shnb'): void;
}

/** flock(2) by the optional native package: 1 µs. Throws where its binary is missing or was built for another ABI. */
export function fsExtProvider(): FlockProvider {
  const load = createRequire(import.meta.url);
  const fsExt = load('fs-ext') as FsExt;
  return {
    name: 'fs-ext',
    openLocked(path, how, mode) {
      const fd = files.open(path, how);
      try {
        fsExt.flockSync(fd, mode === 'exclusive' ? 'exnb' : 'shnb');
        return fd;
      } catch (error) {
        files.close(fd);
        const code = systemErrorCode(error);
        if (code === 'EAGAIN' || code === 'EWOULDBLOCK') return undefined;
        throw error;
      }
    },
  };
}
