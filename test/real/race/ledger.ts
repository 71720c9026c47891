/** What the ledger of a race proves. Lines are in one true order; see section.mjs. */

export interface Findings {
  readonly acquisitions: ReadonlyMap<string, number>;
  readonly conflicts: ReadonlyMap<string, number>;
  /** Why two were inside at once, one sentence each. */
  readonly overlaps: readonly string[];
  /** How many of them, by who they were: `library + swarm`. */
  readonly overlapPairs: ReadonlyMap<string, number>;
  /** Requests that began after a holder was known to be dead and were refused because of it. */
  readonly blockedByDead: readonly string[];
  /** Requests that were refused between a kill and the next entry, at most. */
  readonly mostTriesAfterKill: number;
  /** Entrants that died inside and were taken over from. */
  readonly diedInside: number;
  readonly failures: readonly string[];
}

interface Line {
  readonly offset: number;
  readonly words: readonly string[];
}

export function analyse(ledger: Buffer): Findings {
  const acquisitions = new Map<string, number>();
  const conflicts = new Map<string, number>();
  const overlaps: string[] = [];
  const blockedByDead: string[] = [];
  const failures: string[] = [];
  /** Processes whose markers somebody took over because they were dead: no word of theirs may follow. */
  const buried = new Set<string>();
  /** Offset of the line that says that this pid is dead. */
  const killed = new Map<string, number>();
  const overlapPairs = new Map<string, number>();
  /** What each process is, by `pid:ticks`. */
  const kinds = new Map<string, string>();
  let lastInside: string | undefined;
  const overlap = (sentence: string, kind: string, other: string | undefined): void => {
    overlaps.push(sentence);
    add(overlapPairs, [kind, kinds.get(processOf(other ?? '')) ?? 'nobody known'].sort().join(' + '));
  };
  let inside: string | undefined;
  let triesSinceKill: number | undefined;
  let mostTriesAfterKill = 0;
  let diedInside = 0;

  for (const { offset, words } of linesOf(ledger)) {
    const [what = '', kind = '', who = '', ...rest] = words;
    if (what !== 'killed' && buried.has(who))
      overlap(`${who} was taken for dead, and then wrote ${what}`, kind, inside);
    switch (what) {
      case 'start':
        killed.delete(pidOf(who)); // the number is in use again
        kinds.set(who, kind);
        break;
      case 'enter': {
        const [me = '', took = '-'] = rest;
        add(acquisitions, kind);
        if (took !== '-') buried.add(processOf(took));
        if (inside !== undefined && inside === took) diedInside++;
        else if (inside !== undefined) overlap(`${me} entered while ${inside} was inside`, kind, inside);
        inside = lastInside = me;
        mostTriesAfterKill = Math.max(mostTriesAfterKill, triesSinceKill ?? 0);
        triesSinceKill = undefined;
        break;
      }
      case 'leave':
        if (inside !== rest[0]) overlap(`${rest[0]} left, but ${inside ?? 'nobody'} was inside`, kind, inside);
        inside = undefined;
        break;
      case 'conflict': {
        add(conflicts, kind);
        if (triesSinceKill !== undefined) triesSinceKill++;
        const from = Number(rest[0]);
        for (const pid of (rest[1] ?? '').split(',')) {
          if ((killed.get(pid) ?? Number.POSITIVE_INFINITY) <= from) blockedByDead.push(`${who} was blocked by ${pid}`);
        }
        break;
      }
      case 'killed':
        killed.set(pidOf(who), offset);
        triesSinceKill = 0;
        break;
      case 'violation':
        overlap(rest.join(' '), kind, foundIn(rest) ?? lastInside);
        break;
      case 'failed':
        failures.push(rest.join(' '));
        break;
      default: // what a killed writer left of a line
    }
  }
  return { acquisitions, conflicts, overlaps, overlapPairs, blockedByDead, mostTriesAfterKill, diedInside, failures };
}

export function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function linesOf(ledger: Buffer): readonly Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < ledger.length;) {
    const end = ledger.indexOf(0x0a, start);
    if (end === -1) break;
    if (end > start) lines.push({ offset: start, words: ledger.toString('utf8', start, end).split(' ') });
    start = end + 1;
  }
  return lines;
}

/** Whom a violation names; undefined where he had left before he could be read. */
function foundIn(words: readonly string[]): string | undefined {
  return /^found-inside-(.+)$/.exec(words[1] ?? '')?.[1];
}

const pidOf = (who: string): string => who.split(':', 1)[0] ?? '';

/** `pid:ticks` of `pid:ticks:n`. */
const processOf = (entrant: string): string => entrant.split(':').slice(0, 2).join(':');

function add(counts: Map<string, number>, kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
}
