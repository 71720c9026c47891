import { SHARES_DOT, SHARES_OTHER, SHARES_SLASH } from './charSet.ts';
import { bitsOf, type StepTable } from './stepTable.ts';

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
  return new PairSearch(left.table, right.table).run(left.from, right.from);
}

/** How far the current path segment has come. Plain numbers: this is the innermost loop. */
const Segment = { Empty: 0, Dot: 1, DotDot: 2, Name: 3 } as const;
const SEGMENTS = 4;

/** A *row* is a place on the left and a segment state; its bits are the places on the right that go with it. */
class PairSearch {
  readonly #left: StepTable;
  readonly #right: StepTable;
  readonly #words: number;
  readonly #seen: Int32Array;
  readonly #fresh: Int32Array;
  readonly #open: number[] = [];
  /** Scratch: the places on the right after a character of each kind. */
  readonly #next: { readonly slash: Int32Array; readonly dot: Int32Array; readonly other: Int32Array };
  #looked = 0;

  constructor(left: StepTable, right: StepTable) {
    this.#left = left;
    this.#right = right;
    this.#words = right.words;
    const none = (): Int32Array => new Int32Array(right.words);
    this.#next = { slash: none(), dot: none(), other: none() };
    this.#seen = new Int32Array(left.size * SEGMENTS * this.#words);
    this.#fresh = new Int32Array(left.size * SEGMENTS * this.#words);
  }

  run(lefts: readonly number[], rights: readonly number[]): boolean {
    this.#add(lefts, Segment.Empty, bitsOf(rights, this.#words));
    for (let row = this.#open.pop(); row !== undefined; row = this.#open.pop()) {
      if (this.#look(row) || this.#looked > MAX_PAIRS) return true;
    }
    return false;
  }

  /** Reads one character in all fresh pairs of a row. True if both patterns may end after it. */
  #look(row: number): boolean {
    const segment = row % SEGMENTS;
    const left = Math.floor(row / SEGMENTS);
    const { places, mayEnd } = this.#left.after(left);
    const afterDot = Math.min(segment + 1, Segment.Name);
    const { slash, dot, other } = this.#next;
    for (const bits of [slash, dot, other]) bits.fill(0);
    for (const right of this.#takeFresh(row)) {
      this.#looked++;
      const shared = this.#left.charsAt(left).shared(this.#right.charsAt(right));
      if (shared === 0) continue;
      const endsInName = (shared & SHARES_OTHER) !== 0 || ((shared & SHARES_DOT) !== 0 && afterDot === Segment.Name);
      if (endsInName && mayEnd && this.#right.after(right).mayEnd) return true;
      if ((shared & SHARES_SLASH) !== 0 && segment === Segment.Name) this.#right.addFollowers(right, slash);
      if ((shared & SHARES_DOT) !== 0) this.#right.addFollowers(right, dot);
      if ((shared & SHARES_OTHER) !== 0) this.#right.addFollowers(right, other);
    }
    this.#add(places, Segment.Empty, slash);
    this.#add(places, afterDot, dot);
    this.#add(places, Segment.Name, other);
    return false;
  }

  #takeFresh(row: number): number[] {
    const rights: number[] = [];
    for (let word = 0; word < this.#words; word++) {
      const index = row * this.#words + word;
      for (let bits = this.#fresh[index] ?? 0; bits !== 0; bits &= bits - 1) {
        rights.push(word * 32 + 31 - Math.clz32(bits & -bits));
      }
      this.#fresh[index] = 0;
    }
    return rights;
  }

  #add(lefts: readonly number[], segment: number, rights: Int32Array): void {
    if (rights.every((bits) => bits === 0)) return;
    for (const left of lefts) {
      const row = left * SEGMENTS + segment;
      let isFresh = false;
      this.#looked += this.#words;
      for (let word = 0; word < this.#words; word++) {
        const index = row * this.#words + word;
        const added = (rights[word] ?? 0) & ~(this.#seen[index] ?? 0);
        if (added === 0) continue;
        this.#seen[index] = (this.#seen[index] ?? 0) | added;
        this.#fresh[index] = (this.#fresh[index] ?? 0) | added;
        isFresh = true;
      }
      if (isFresh) this.#open.push(row);
    }
  }
}
