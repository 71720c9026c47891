/** A disk that is full in a moment: a small tmpfs, which only root may mount. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** The store's journal alone may grow to two of them. */
const sizeMiB = 6;
const largePiece = Buffer.alloc(256 * 1024, 1);
const smallPiece = Buffer.alloc(512, 1);

export class SmallDisk {
  readonly path: string;
  readonly #ballast: string;

  /** @param folder an empty one */
  constructor(folder: string) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m,mode=755`, 'wlock-storm', folder], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.path = folder;
    this.#ballast = path.join(folder, 'ballast');
  }

  /** Until not one more byte fits. */
  fill(): void {
    const fd = fs.openSync(this.#ballast, 'a');
    try {
      for (const piece of [largePiece, smallPiece]) while (fits(fd, piece));
    } finally {
      fs.closeSync(fd);
    }
  }

  empty(): void {
    fs.rmSync(this.#ballast, { force: true });
  }

  /** Lazily: a process that is still ending may have a file open, and lets go of it with its end. */
  unmount(): void {
    execFileSync('umount', ['--lazy', this.path]);
  }
}

function fits(fd: number, piece: Buffer): boolean {
  try {
    return fs.writeSync(fd, piece) === piece.length;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
