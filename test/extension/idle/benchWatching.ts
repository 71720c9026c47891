/**
 * What watching locks costs a process in which nothing else happens, without VS Code: `npm run bench:extension` runs it first,
 * for the same stores are then shown in a window. Wants a fresh `npm run build`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { removeFolder } from '../../setup/removeFolder.mjs';
import { WrittenLocks } from '../writtenLocks.ts';
import { costText, idleCostOf } from './idleProcess.ts';

const watcherFile = fileURLToPath(new URL('watcher.mjs', import.meta.url));
/** A lock from the future has no age that changes. */
const agelessMs = 24 * 60 * 60_000;
const mib = 1024 * 1024;

await measure('a process that does nothing', []);
for (const count of [0, 100, 10_000]) {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'wlock-idle-')));
  const locks = new WrittenLocks(root);
  try {
    locks.appear(count, agelessMs);
    await measure(`a process that watches ${count} locks`, [root]);
  } finally {
    await locks.end();
    removeFolder(root);
  }
}

async function measure(what: string, words: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, ['--expose-gc', watcherFile, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const { pid } = child;
    if (pid === undefined) throw new Error('The watcher could not be started.');
    const line = await new Promise<string>((resolve) => createInterface(child.stdout).once('line', resolve));
    const { heapBytes } = JSON.parse(line) as { readonly heapBytes: number };
    const cost = await idleCostOf(pid);
    console.log(`figure: ${what}: ${costText(cost)}, ${(heapBytes / mib).toFixed(1)} MiB of heap`);
  } finally {
    child.stdin.end();
    await new Promise((resolve) => child.once('close', resolve));
  }
}
