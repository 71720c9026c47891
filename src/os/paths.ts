import * as fs from 'node:fs';
import * as path from 'node:path';

/** Absolute, with symbolic links resolved in its longest existing part (DESIGN 5); the rest need not exist yet. */
export function canonicalPath(text: string, base: string): string {
  const absolute = path.resolve(base, text);
  const missing: string[] = [];
  for (let existing = absolute; ; existing = path.dirname(existing)) {
    const real = isThere(existing) ? realpath(existing) : undefined;
    if (real !== undefined) return path.join(real, ...missing);
    if (existing === path.dirname(existing)) return absolute;
    missing.unshift(path.basename(existing));
  }
}

/** Asked first: an answer "no" of realpath(3) is an error with a stack, which costs more than all looks at a path. */
function isThere(target: string): boolean {
  try {
    return fs.lstatSync(target, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

/** Undefined where the path, or the target of a dangling link in it, does not exist or may not be looked at. */
export function realpath(target: string): string | undefined {
  try {
    return fs.realpathSync.native(target);
  } catch {
    return undefined;
  }
}

/** Whether `README` and `readme` are one file in this directory; by looking it up in the other case, so read-only. */
export function foldsCase(directory: string): boolean {
  for (let folder = directory; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const name = path.basename(folder);
    const swapped = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
    if (swapped === name) continue; // no letters: ask the parent
    const here = fs.statSync(folder, { throwIfNoEntry: false });
    const there = fs.statSync(path.join(path.dirname(folder), swapped), { throwIfNoEntry: false });
    return here !== undefined && here.ino === there?.ino && here.dev === there.dev;
  }
  return false;
}
