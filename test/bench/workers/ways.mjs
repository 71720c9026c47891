/** How each contender that runs in Node.js takes a lock. What `take` gives is what gives it back. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { floorSteps } from './floor.mjs';

const load = createRequire(import.meta.url);

/**
 * @typedef {() => void | Promise<void>} Give
 * @typedef {() => Give | Promise<Give>} Take
 * @typedef {{ readonly folder: string, readonly scope: string, readonly library: string }} Place
 */

/** Tries on, about a millisecond later at first, until it has the lock. */
const patience = { times: 1_000_000_000, minMs: 1, maxMs: 16 };

/** @type {Record<string, (place: Place) => Take | Promise<Take>>} */
export const ways = {
  floor({ folder }) {
    const running = join(folder, '.loops', '.running');
    fs.mkdirSync(running, { recursive: true });
    const steps = floorSteps(running);
    return () => {
      for (const { run } of steps) run();
      return () => undefined;
    };
  },
  library: (place) => library(place, {}),
  'library, tries again': (place) => library(place, { retry: patience }),
  'library, queue': (place) => library(place, { waitMs: Infinity }),
  'proper-lockfile': ({ folder, scope }) => {
    const file = existing(folder, scope);
    /** @type {typeof import('proper-lockfile')} */
    const { lock } = load('proper-lockfile');
    return () => lock(file);
  },
  'proper-lockfile, its retries': ({ folder, scope }) => {
    const file = existing(folder, scope);
    /** @type {typeof import('proper-lockfile')} */
    const { lock } = load('proper-lockfile');
    return () => lock(file, { retries: { forever: true } });
  },
  'proper-lockfile sync': ({ folder, scope }) => {
    const file = existing(folder, scope);
    /** @type {typeof import('proper-lockfile')} */
    const { lockSync } = load('proper-lockfile');
    return () => lockSync(file);
  },
  lockfile: ({ folder, scope }) => {
    /** @type {typeof import('lockfile')} */
    const { lockSync, unlockSync } = load('lockfile');
    const file = join(folder, `${scope}.lock`);
    return () => {
      lockSync(file);
      return () => unlockSync(file);
    };
  },
  'cross-process-lock': async ({ folder, scope }) => {
    const file = existing(folder, scope);
    const { lock } = await import('cross-process-lock');
    return () => lock(file);
  },
  'flock(1)': ({ folder, scope }) => {
    const file = existing(folder, scope);
    return async () => {
      await new Promise((resolve, reject) => {
        spawn('flock', [file, 'true'], { stdio: 'ignore' }).once('error', reject).once('close', resolve);
      });
      return () => undefined;
    };
  },
};

/**
 * @param {Place} place
 * @param {{ readonly retry?: typeof patience, readonly waitMs?: number }} options
 * @returns {Promise<Take>}
 */
async function library({ folder, scope, library }, options) {
  /** @type {typeof import('../../../src/manager/library.ts')} */
  const { openLocks } = await import(pathToFileURL(library).href);
  const locks = await openLocks({ root: folder });
  /** @type {import('../../../src/manager/library.ts').AcquireOptions} */
  const request = { scope: [{ as: 'path', text: scope }], holder: 'bench', ...options };
  return async () => {
    const outcome = await locks.acquire(request);
    if (!outcome.ok) throw new Error(`${scope} is taken: ${outcome.conflict.locks.map(({ id }) => id).join(', ')}`);
    const { held } = outcome;
    return () => held.release();
  };
}

/**
 * @param {string} folder
 * @param {string} name
 */
function existing(folder, name) {
  const file = join(folder, name);
  fs.writeFileSync(file, '');
  return file;
}
