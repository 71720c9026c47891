import * as fs from 'node:fs';
import * as path from 'node:path';
import { canonicalPath } from '../../os/paths.ts';

export interface WrittenPlaces {
  /** Where the content goes. */
  readonly file: string;
  /** Links to nothing on the way there: writing makes their target, and a lock on either is in the way. */
  readonly danglingLinks: readonly string[];
}

/** As many as Linux follows before it says ELOOP. */
const mostLinks = 40;

/** What a write of this absolute path would change; all canonical. */
export function writtenPlaces(written: string): WrittenPlaces {
  const danglingLinks: string[] = [];
  let file = canonicalPath(written, '/');
  while (danglingLinks.length < mostLinks) {
    const next = behindDanglingLink(file);
    if (next === undefined) break;
    danglingLinks.push(file);
    file = canonicalPath(next, '/');
  }
  return { file, danglingLinks };
}

/** Where a canonical path leads whose first part that is not a real folder or file is a link; undefined where none is. */
function behindDanglingLink(file: string): string | undefined {
  for (let part = file; part !== path.dirname(part); part = path.dirname(part)) {
    const stats = lookAt(part);
    if (!stats) continue;
    if (!stats.isSymbolicLink()) return undefined;
    return path.resolve(path.dirname(part), fs.readlinkSync(part), path.relative(part, file));
  }
  return undefined;
}

/** Undefined also where it may not be looked at, or a file stands in the place of a folder. */
function lookAt(place: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(place, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
