/**
 * What the workers of a proof write down, and what it proves. Each line is one write to a file opened with O_APPEND, so
 * the kernel puts the lines of all processes into one true order; no clock and no lock is relied on.
 */
import * as fs from 'node:fs';

export interface LedgerFindings {
  readonly acquisitions: number;
  /** Tries that found somebody else's lock. */
  readonly refusals: number;
  /** Somebody entered while somebody else, who was not being killed, was inside. */
  readonly overlaps: number;
  /** Workers that were killed inside. */
  readonly diedInside: number;
  readonly longestWaitMs: number;
}

export class Ledger {
  readonly #fd: number;

  constructor(file: string) {
    this.#fd = fs.openSync(file, 'a');
  }

  /** The newline before it keeps it apart from a line that a killed writer left half. */
  say(what: 'start' | 'enter' | 'leave' | 'refused' | 'killing', worker: string, waitedMs = 0): void {
    fs.writeSync(this.#fd, `\n${what} ${worker} ${Math.round(waitedMs)}\n`);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

/** Names of workers that have begun. */
export function startedIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^start (\S+) /gm)].map(([, worker = '']) => worker));
}

export function readLedger(text: string): LedgerFindings {
  const inside = new Set<string>();
  /** Told to die: one that is inside leaves no more, and whoever enters after this is not to blame. */
  const killed = new Set<string>();
  /** Somebody entered after they were killed; a word of theirs after that shows that they were alive. */
  const succeeded = new Set<string>();
  let [acquisitions, refusals, overlaps, diedInside, longestWaitMs] = [0, 0, 0, 0, 0];
  for (const line of text.split('\n')) {
    const [what = '', worker = '', waited = '0'] = line.split(' ');
    if (what !== 'killing' && succeeded.has(worker)) overlaps++;
    switch (what) {
      case 'enter':
        acquisitions++;
        longestWaitMs = Math.max(longestWaitMs, Number(waited));
        for (const other of inside) {
          if (!killed.has(other)) {
            overlaps++;
            continue;
          }
          diedInside++;
          inside.delete(other);
          succeeded.add(other);
        }
        inside.add(worker);
        break;
      case 'leave':
        inside.delete(worker);
        break;
      case 'refused':
        refusals++;
        break;
      case 'killing':
        killed.add(worker);
        break;
      default: // a start, or what a killed writer left of a line
    }
  }
  return { acquisitions, refusals, overlaps, diedInside, longestWaitMs };
}
