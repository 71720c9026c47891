// Makes sure that the repository's npm packages are there and are those of package-lock.json. Needs no package itself.
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm.mjs';

/** @typedef {{ version?: string, os?: string[], cpu?: string[], libc?: string[], link?: boolean }} LockEntry */

/**
 * @param {string} root the repository
 * @param {{ say?: (line: string) => void, signal?: AbortSignal }} [options]
 */
export async function installPackages(root, { say = console.log, signal } = {}) {
  const stampFile = join(root, 'node_modules', '.installed-from');
  const stamp = stampOf(root);
  if (readOrEmpty(stampFile) === stamp) return;
  // A link leads to somebody else's packages (a second worktree's): `npm ci` would delete them.
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return;
  if (!matchesLock(root)) {
    say('npm packages: installing (npm ci) …');
    await npm(['ci'], { cwd: root, signal });
  }
  writeFileSync(stampFile, stamp);
}

/**
 * The lock file by content, not by time: git gives every file of a fresh clone the time of the checkout. And the Node that
 * native packages were built for.
 * @param {string} root
 */
function stampOf(root) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const node = `${process.platform}-${process.arch}-${process.versions.modules}`;
  return `${createHash('sha256').update(lock).digest('hex')} ${node}\n`;
}

/**
 * True when somebody already ran `npm install` or `npm ci` with this lock file: npm notes what it installed.
 * @param {string} root
 */
function matchesLock(root) {
  const installedFile = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  /** @type {Record<string, LockEntry>} */
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  /** @type {Record<string, LockEntry>} */
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' ||
      (installed[path]?.version === entry.version && existsSync(join(root, path))) ||
      isForSomePlatforms(entry), // those for other platforms are absent, rightly
  );
}

/** @param {LockEntry} entry */
function isForSomePlatforms(entry) {
  return entry.os !== undefined || entry.cpu !== undefined || entry.libc !== undefined;
}

/** @param {string} path */
function readOrEmpty(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
