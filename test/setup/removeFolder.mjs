import { rmSync } from 'node:fs';

const againMs = 20;
const boundMs = 10_000;

/**
 * Removes a folder in which processes may still be at work: a keeper on its way out deletes and writes its last.
 * `maxRetries` of `rmSync` does not help there: it repeats only the `rmdir`, never what it found before it.
 * @param {string} folder
 */
export function removeFolder(folder) {
  const until = performance.now() + boundMs;
  for (;;) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      const refilled =
        error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EBUSY');
      if (!refilled || performance.now() > until) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, againMs);
  }
}
