import * as path from 'node:path';

/** Where everything of one store lies; absolute paths. `.running` is little-loops' own directory (PROTOCOLS 1.1). */
export interface StoreLayout {
  readonly root: string;
  readonly loops: string;
  readonly running: string;
  /** flock EX on it serialises changes; never written, deleted or renamed by us. */
  readonly gate: string;
  /** Ours alone; its name hides it from little-loops, which looks at `*.lock`, `*.pid` and `*.state.json`. */
  readonly own: string;
  readonly alive: string;
  readonly fence: string;
  readonly journal: string;
}

const gateName = '.acquire.lock';
export const ownFolderName = '.wlock';
const recordSuffix = '.lock';
const temporarySuffix = '.tmp';

export function layoutOf(root: string, loopsDir: string): StoreLayout {
  const loops = path.resolve(root, loopsDir);
  const running = path.join(loops, '.running');
  const own = path.join(running, ownFolderName);
  return {
    root,
    loops,
    running,
    gate: path.join(running, gateName),
    own,
    alive: path.join(own, 'alive'),
    fence: path.join(own, 'fence'),
    journal: path.join(own, 'journal.jsonl'),
  };
}

/** A fresh name for each publication: a slow reader that unlinks an old name never hits a new record (PROTOCOLS 1.9). */
export function recordName(uuid: string): string {
  return `wlock-${uuid}${recordSuffix}`;
}

/** Must not end in `.lock`, or every tool would read it half-written. */
export function temporaryName(uuid: string): string {
  return `wlock-${uuid}${temporarySuffix}`;
}

export function isTemporaryName(name: string): boolean {
  return name.startsWith('wlock-') && name.endsWith(temporarySuffix);
}

export function isRecordName(name: string): boolean {
  return name.endsWith(recordSuffix) && name !== gateName;
}

/** The record's name without its suffix: how little-loops and we name a lock that has no id. */
export function stemOf(name: string): string {
  return name.slice(0, -recordSuffix.length);
}
