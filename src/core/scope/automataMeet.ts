import { SHARES_DOT, SHARES_OTHER, SHARES_SLASH } from './charSet.ts';
import type { StepTable } from './stepTable.ts';

/** A pattern, and the places where it begins. */
export interface Runner {
  readonly table: StepTable;
  readonly from: readonly number[];
}

/** Pairs of places that one comparison looks at, some 10 ns each. */
const MAX_PAIRS = 200_000;

/**
 * Whether some canonical relative path is accepted by both: a search over pairs of places, and a third, tiny automaton
 * for what a path is (no empty, `.` or `..` segment). Answers yes after `MAX_PAIRS`: a needless conflict, never a miss.
 */
export function automataMeet(left: Runner, right: Runner): boolean {
  const search = new PairSearch(left.table, right.table);
  search.add(left.from, right.from, Segment.Empty);
  return search.run();
}

/** How far the current path segment has come. Plain numbers: this is the innermost loop. */
const Segment = { Empty: 0, Dot: 1, DotDot: 2, Name: 3 } as const;
const SEGMENTS = 4;

class PairSearch {
  readonly #left: StepTable;
  readonly #right: StepTable;
  readonly #seen: Uint8Array;
  readonly #open: number[] = [];
  #looked = 0;

  constructor(left: StepTable, right: StepTable) {
    this.#left = left;
    this.#right = right;
    this.#seen = new Uint8Array(left.size * right.size * SEGMENTS);
  }

  add(lefts: readonly number[], rights: readonly number[], segment: number): void {
    this.#looked += lefts.length * rights.length;
    if (this.#looked > MAX_PAIRS) return;
    for (const a of lefts) {
      for (const b of rights) {
        const key = (a * this.#right.size + b) * SEGMENTS + segment;
        if (this.#seen[key] === 1) continue;
        this.#seen[key] = 1;
        this.#open.push(key);
      }
    }
  }

  run(): boolean {
    for (let key = this.#open.pop(); key !== undefined; key = this.#open.pop()) {
      const pair = Math.floor(key / SEGMENTS);
      const a = Math.floor(pair / this.#right.size);
      if (this.#step(a, pair % this.#right.size, key % SEGMENTS)) return true;
    }
    return this.#looked > MAX_PAIRS;
  }

  /** Reads one character that both places stand for. True if both may end after it. */
  #step(a: number, b: number, segment: number): boolean {
    const shared = this.#left.charsAt(a).shared(this.#right.charsAt(b));
    if (shared === 0) return false;
    const left = this.#left.after(a);
    const right = this.#right.after(b);
    const afterDot = Math.min(segment + 1, Segment.Name);
    const canEndInName = (shared & SHARES_OTHER) !== 0 || ((shared & SHARES_DOT) !== 0 && afterDot === Segment.Name);
    if (canEndInName && left.mayEnd && right.mayEnd) return true;
    if ((shared & SHARES_SLASH) !== 0 && segment === Segment.Name) this.add(left.places, right.places, Segment.Empty);
    if ((shared & SHARES_DOT) !== 0) this.add(left.places, right.places, afterDot);
    if ((shared & SHARES_OTHER) !== 0) this.add(left.places, right.places, Segment.Name);
    return false;
  }
}
