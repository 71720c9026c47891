/**
 * Tries for one stale lock each time it is told to: `node staleLockWorker.mjs METHOD FOLDER LIBRARY`. On stdin `try` and
 * `end`; answers `won` or `lost`, then `ended`. The losers of `try` are told nothing until all have tried, so a winner
 * holds the lock meanwhile.
 */
import { openSync, writeSync } from 'node:fs';
import { open, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import properLockfile from 'proper-lockfile';

const [method = '', folder = '', library = ''] = process.argv.slice(2);
const lockFile = join(folder, 'contended.lock');

/** @typedef {() => Promise<unknown>} Release */
/** @type {Readonly<Record<string, () => Promise<() => Promise<Release | undefined>>>>} one try: undefined where it is not ours */
const methods = {
  'workspace-locks': async () => {
    /** @type {typeof import('../../../src/manager/library.ts')} */
    const { openLocks } = await import(pathToFileURL(library).href);
    const locks = await openLocks({ root: folder });
    return async () => {
      const outcome = await locks.acquire({ scope: [{ as: 'path', text: 'contended' }], holder: 'contender' });
      return outcome.ok ? () => outcome.held.release() : undefined;
    };
  },
  'proper-lockfile': async () => async () => {
    const options = { realpath: false, stale: 2_000, retries: 0, onCompromised: () => undefined };
    const release = await properLockfile.lock(join(folder, 'contended'), options).catch(() => undefined);
    return release && (() => release().catch(() => undefined)); // another may have deleted it meanwhile
  },
  'delete-then-create': async () => async () => {
    if (!(await isStale())) return undefined;
    await unlink(lockFile).catch(() => undefined);
    try {
      const file = await open(lockFile, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
    } catch {
      return undefined;
    }
    return () => rm(lockFile, { force: true });
  },
  'rename-over': async () => async () => {
    if (!(await isStale())) return undefined;
    const fresh = `${lockFile}.${process.pid}`;
    await writeFile(fresh, String(process.pid));
    await rename(fresh, lockFile);
    if ((await readFile(lockFile, 'utf8')) !== String(process.pid)) return undefined;
    return () => rm(lockFile, { force: true });
  },
};

/** True where its process is dead, or where it is gone; one that is being written belongs to somebody. */
async function isStale() {
  const text = await readFile(lockFile, 'utf8').catch(() => undefined);
  if (text === undefined) return true;
  if (text === '') return false;
  try {
    process.kill(Number(text), 0);
    return false;
  } catch {
    return true;
  }
}

const make = methods[method];
if (!make) throw new Error(`There is no method ${method}.`);
const tryLock = await make();
const ledger = openSync(join(folder, 'ledger'), 'a');
/** @type {Release | undefined} */
let release;
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'try') {
    release = await tryLock();
    if (release) writeSync(ledger, `won ${process.pid}\n`);
    console.log(release ? 'won' : 'lost');
  } else {
    await release?.();
    release = undefined;
    console.log('ended');
  }
}
process.exit(0); // proper-lockfile keeps a timer
