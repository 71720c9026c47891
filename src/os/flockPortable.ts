import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { LockError, systemErrorCode } from '../core/errors.ts';
import * as files from './files.ts';
import type { FlockProvider } from './flock.ts';
import { isShownLocked } from './kernelLocks.ts';
import type { Fd, FlockMode } from './os.ts';

/** flock(2) with no native code. */
export function portableProvider(platform: NodeJS.Platform): FlockProvider {
  return platform === 'linux'
    ? { name: 'flock(1)', openLocked: openThenFlock }
    : { name: 'O_EXLOCK', openLocked: openWithLockFlag };
}

/**
 * The lock belongs to the open file description, so it stays with our descriptor after flock(1) has exited
 * (PROTOCOLS 5). `-n` rather than `-w`: a waiting child that we abandon would acquire for a parent that does not know.
 */
async function openThenFlock(...[path, how, mode]: Parameters<FlockProvider['openLocked']>): Promise<Fd | undefined> {
  const fd = files.open(path, how);
  try {
    // A line in /proc/locks is proof and saves a spawn; its absence is not, so flock(1) decides.
    const shown = isShownLocked(files.fstat(fd));
    if (!shown && (await flockInherited(fd, mode))) return fd;
  } catch (error) {
    files.close(fd);
    throw error;
  }
  files.close(fd);
  return undefined;
}

function flockInherited(fd: Fd, mode: FlockMode): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', [mode === 'exclusive' ? '-x' : '-s', '-n', '3'], {
      stdio: ['ignore', 'ignore', 'ignore', fd],
    });
    child.once('error', (cause) => {
      const missing = systemErrorCode(cause) === 'ENOENT';
      reject(
        new LockError(
          'flock-unavailable',
          missing
            ? 'The flock command was not found on PATH.'
            : `The flock command could not be started: ${cause.message}`,
          'Install util-linux, or the optional npm package fs-ext.',
          { cause },
        ),
      );
    });
    // The child has exited when this fires, so nobody but us has a copy of the descriptor any more.
    child.once('close', (code, signal) => {
      if (code === 0) resolve(true);
      else if (code === 1) resolve(false);
      else reject(new LockError('flock-unavailable', `flock(1) ended with ${signal ?? code}.`, 'Run wlock doctor.'));
    });
  });
}

/** BSD open(2): take the flock while opening. The values are those of macOS `sys/fcntl.h`. */
const openSharedLock = 0x10;
const openExclusiveLock = 0x20;

function openWithLockFlag(...[path, how, mode]: Parameters<FlockProvider['openLocked']>): Fd | undefined {
  try {
    const flag = mode === 'exclusive' ? openExclusiveLock : openSharedLock;
    return fs.openSync(path, files.openFlags[how] | flag, 0o666) as Fd;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EAGAIN' || code === 'EWOULDBLOCK') return undefined;
    throw error;
  }
}
