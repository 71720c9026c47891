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
  readonly queue: string;
  readonly requests: string;
  /** What little-loops' own waiters write (PROTOCOLS 1.5); we only look. */
  readonly theirQueue: string;
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
    queue: path.join(own, 'queue'),
    requests: path.join(own, 'requests'),
    theirQueue: path.join(loops, '.queue'),
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

/** Fixed width, so that a listing shows them in order; more digits were not counted but forged. */
const ticketDigits = 8;
const mostTicketDigits = 12;
export const largestTicket = 10 ** mostTicketDigits - 1;
const ticketPattern = new RegExp(
  `^(\\d{${ticketDigits},${mostTicketDigits}})-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\\.(json|idle)$`,
);

/** A ticket's file, or the mark beside it that its waiter is idle. */
export function ticketName(number: number, id: string, suffix: 'json' | 'idle'): string {
  return `${String(number).padStart(ticketDigits, '0')}-${id}.${suffix}`;
}

export function readTicketName(
  name: string,
): { readonly number: number; readonly id: string; readonly isMark: boolean } | undefined {
  const [, digits, id, suffix] = ticketPattern.exec(name) ?? [];
  return digits === undefined || id === undefined
    ? undefined
    : { number: Number(digits), id, isMark: suffix === 'idle' };
}

export function isRecordName(name: string): boolean {
  return name.endsWith(recordSuffix) && name !== gateName;
}

/** The record's name without its suffix: how little-loops and we name a lock that has no id. */
export function stemOf(name: string): string {
  return name.slice(0, -recordSuffix.length);
}
