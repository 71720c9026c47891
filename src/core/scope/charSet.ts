import { foldedHighUnits, foldText } from './foldCase.ts';

/** What two sets have in common, as far as the shape of a path is concerned; a bit set. */
export const SHARES_SLASH = 1;
export const SHARES_DOT = 2;
export const SHARES_OTHER = 4;

/** Inclusive, in UTF-16 code units, as JavaScript's regular expressions without the `u` flag see them. */
export type UnitRange = readonly [first: number, last: number];

/** An immutable set of UTF-16 code units: a bitmap for ASCII, sorted ranges for the rest. */
export class CharSet {
  readonly #ascii: readonly [number, number, number, number];
  readonly #high: readonly UnitRange[];

  private constructor(ascii: readonly [number, number, number, number], high: readonly UnitRange[]) {
    this.#ascii = ascii;
    this.#high = high;
  }

  static of(ranges: readonly UnitRange[]): CharSet {
    const ascii: [number, number, number, number] = [0, 0, 0, 0];
    for (const [first, last] of ranges) {
      for (let unit = first; unit <= Math.min(last, 0x7f); unit++) {
        const word = (unit >> 5) as 0 | 1 | 2 | 3;
        ascii[word] |= 1 << (unit & 31);
      }
    }
    return new CharSet(ascii, merge(ranges.filter(([, last]) => last > 0x7f).map(([a, b]) => [Math.max(a, 0x80), b])));
  }

  complement(): CharSet {
    const [a, b, c, d] = this.#ascii;
    const gaps: UnitRange[] = [];
    let next = 0x80;
    for (const [first, last] of this.#high) {
      if (first > next) gaps.push([next, first - 1]);
      next = last + 1;
    }
    if (next <= MAX_UNIT) gaps.push([next, MAX_UNIT]);
    return new CharSet([~a, ~b, ~c, ~d], gaps);
  }

  /** With every letter also its folded twin, so that a folded path can be tested. Fold a class before it is negated. */
  folded(): CharSet {
    const extra: UnitRange[] = [];
    for (let unit = 0; unit < 0x80; unit++) {
      if (!this.has(unit)) continue;
      const char = String.fromCharCode(unit);
      for (const twin of [char.toLowerCase(), char.toUpperCase()]) extra.push(single(twin.charCodeAt(0)));
    }
    if (this.#high.length > 0) {
      for (const [unit, twin] of foldedHighUnits()) if (this.has(unit)) extra.push(single(twin));
    }
    return CharSet.of([...this.#ranges(), ...extra]);
  }

  has(unit: number): boolean {
    if (unit > 0x7f) return this.#high.some(([first, last]) => unit >= first && unit <= last);
    return (this.#ascii[(unit >> 5) as 0 | 1 | 2 | 3] & (1 << (unit & 31))) !== 0;
  }

  /** The kinds of characters in both sets. NUL does not count: no path contains it. */
  shared(other: CharSet): number {
    const [a, b, c, d] = this.#ascii;
    const [e, f, g, h] = other.#ascii;
    const punctuation = b & f;
    const isOther =
      (a & e & ~1) !== 0 ||
      (punctuation & ~(SLASH_BIT | DOT_BIT)) !== 0 ||
      (c & g) !== 0 ||
      (d & h) !== 0 ||
      rangesMeet(this.#high, other.#high);
    return (
      ((punctuation & SLASH_BIT) !== 0 ? SHARES_SLASH : 0) |
      ((punctuation & DOT_BIT) !== 0 ? SHARES_DOT : 0) |
      (isOther ? SHARES_OTHER : 0)
    );
  }

  #ranges(): UnitRange[] {
    const ranges: UnitRange[] = [...this.#high];
    for (let unit = 0; unit < 0x80; unit++) if (this.has(unit)) ranges.push(single(unit));
    return ranges;
  }
}

export function single(unit: number): UnitRange {
  return [unit, unit];
}

/** The set of one character of a pattern. Under `fold` a letter stands for both cases. */
export function charSetOf(char: string, fold: boolean): CharSet {
  return CharSet.of([char, ...(fold ? [foldText(char)] : [])].map((text) => single(text.charCodeAt(0))));
}

const MAX_UNIT = 0xffff;
export const ANY_CHAR = CharSet.of([[0, MAX_UNIT]]);

const SLASH_BIT = 1 << (0x2f & 31);
const DOT_BIT = 1 << (0x2e & 31);

function merge(ranges: UnitRange[]): UnitRange[] {
  const merged: UnitRange[] = [];
  for (const range of ranges.sort((a, b) => a[0] - b[0])) {
    const previous = merged.at(-1);
    if (previous !== undefined && range[0] <= previous[1] + 1) {
      merged[merged.length - 1] = [previous[0], Math.max(previous[1], range[1])];
    } else merged.push(range);
  }
  return merged;
}

function rangesMeet(a: readonly UnitRange[], b: readonly UnitRange[]): boolean {
  return a.some(([first, last]) => b.some((range) => range[0] <= last && range[1] >= first));
}
