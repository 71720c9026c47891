/** What holders believed, by what they have written down (holderWorker.mjs), and whether two believed it at once. */
import * as fs from 'node:fs';

export interface Line {
  /** ns, of the one monotonic clock of this machine. */
  readonly at: bigint;
  readonly what: 'start' | 'holds' | 'leaves' | 'about' | 'lost' | 'refused' | 'failed';
  readonly pid: number;
  readonly token?: string;
  /** Of who was refused: it knew that it was lost. */
  readonly isLost?: boolean;
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

/** Follows the ledger without reading it again each time. */
export class Ledger {
  readonly #file: string;
  readonly #lines: Line[] = [];
  #offset = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** As they were written, up to now. */
  read(): readonly Line[] {
    if (!fs.existsSync(this.#file)) return this.#lines;
    const descriptor = fs.openSync(this.#file, 'r');
    try {
      const fresh = Buffer.alloc(fs.fstatSync(descriptor).size - this.#offset);
      fs.readSync(descriptor, fresh, 0, fresh.length, this.#offset);
      const whole = fresh.lastIndexOf(0x0a) + 1;
      this.#offset += whole;
      this.#lines.push(...fresh.toString('utf8', 0, whole).split('\n').flatMap(lineOf));
      return this.#lines;
    } finally {
      fs.closeSync(descriptor);
    }
  }
}

export function judge(written: readonly Line[]): Beliefs {
  // In the order in which they were true, which may not be that in which they were written.
  const lines = [...written].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
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
