/** What holders believed, by what they have written down (holderWorker.mjs), and whether two believed it at once. */
import * as fs from 'node:fs';

export interface Line {
  /** ns, of the one monotonic clock of this machine. */
  readonly at: bigint;
  readonly what: 'start' | 'holds' | 'about' | 'lost' | 'refused' | 'failed';
  readonly pid: number;
  readonly token?: string;
  readonly code?: string;
  readonly message?: string;
}

export interface Beliefs {
  /** How many locks were held. */
  readonly holdings: number;
  /** One sentence for each time that somebody counted himself as holding while another did. */
  readonly overlaps: readonly string[];
  /** Tokens that were given out after a higher one. */
  readonly tokensBack: readonly string[];
  readonly lost: number;
  readonly refused: number;
  readonly failures: readonly Line[];
}

/** In the order in which they were true, which may not be that in which they were written. */
export function readLedger(file: string): readonly Line[] {
  if (!fs.existsSync(file)) return [];
  const lines = fs.readFileSync(file, 'utf8').split('\n').flatMap(lineOf);
  return lines.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

export function judge(lines: readonly Line[]): Beliefs {
  const overlaps: string[] = [];
  const tokensBack: string[] = [];
  const seen = new Set<string>();
  let current: Line | undefined;
  let highest = 0;
  for (const line of lines) {
    const { what, token } = line;
    if (what !== 'holds' || token === undefined || token === current?.token) continue;
    // Whoever has held before, and again after another had begun to, has believed it all the time between.
    if (seen.has(token)) overlaps.push(`${line.pid} held ${token} while ${current?.pid} held ${current?.token}`);
    else if (numberOf(token) < highest) tokensBack.push(token);
    seen.add(token);
    highest = Math.max(highest, numberOf(token));
    current = line;
  }
  const count = (what: Line['what']): number => lines.filter((line) => line.what === what).length;
  return {
    holdings: seen.size,
    overlaps,
    tokensBack,
    lost: count('lost'),
    refused: count('refused'),
    failures: lines.filter(({ what }) => what === 'failed'),
  };
}

const numberOf = (token: string): number => Number(token.replace('etcd:', ''));

/** None of what a killed writer left of a line. */
function lineOf(text: string): readonly Line[] {
  try {
    const value = JSON.parse(text) as Omit<Line, 'at'> & { readonly at: string };
    return [{ ...value, at: BigInt(value.at) }];
  } catch {
    return [];
  }
}
