import { type Automaton, buildAutomaton, type State } from './automaton.ts';
import { ANY_CHAR, type CharSet } from './charSet.ts';

/** What can come next: the places for the next character, and whether the text may also end. */
export interface Reach {
  readonly places: readonly number[];
  readonly mayEnd: boolean;
}

/**
 * An automaton without its empty moves: a *place* stands for one character, and knows which places can follow. Made
 * for overlap, where look-arounds count as passed. That widens `!()`. It loses nothing else: picomatch's own look-aheads
 * either keep out `.` and `..`, which no canonical path has, or ask for one more character, which is kept here.
 */
export class StepTable {
  readonly #chars: readonly CharSet[];
  readonly #after: readonly Reach[];
  readonly #followers: readonly Int32Array[];
  /** The places for the first character. */
  readonly begin: readonly number[];
  /** 32-bit words that a bit set of places needs. */
  readonly words: number;

  constructor({ states, start }: Automaton) {
    // Places are numbered as they are found: comparisons keep a table of pairs, so few and dense numbers matter.
    const placeOf = new Map<number, number>();
    const toPlaces = ({ places, mayEnd }: Reach): Reach => ({ places: places.map(numbered), mayEnd });
    const numbered = (state: number): number => {
      const place = placeOf.get(state) ?? placeOf.size;
      placeOf.set(state, place);
      return place;
    };
    const chars: CharSet[] = [];
    const after: Reach[] = [];
    this.begin = toPlaces(reach(states, start, 'first')).places;
    for (const index of placeOf.keys()) {
      const state = states[index];
      if (state?.kind !== 'char') throw new RangeError(`No character stands at ${index}`);
      chars.push(state.set);
      after.push(toPlaces(reach(states, state.next, 'later')));
    }
    this.#chars = chars;
    this.#after = after;
    this.words = Math.ceil(chars.length / 32);
    this.#followers = after.map(({ places }) => bitsOf(places, this.words));
  }

  /** Places are numbered from 0 to here. */
  get size(): number {
    return this.#chars.length;
  }

  /** The characters that a place stands for. */
  charsAt(place: number): CharSet {
    return this.#chars[place] ?? NO_CHAR;
  }

  /** What can come after the character at a place. */
  after(place: number): Reach {
    return this.#after[place] ?? NOTHING;
  }

  /** Adds the places that can come after one place to a bit set. */
  addFollowers(place: number, bits: Int32Array): void {
    const followers = this.#followers[place];
    for (let word = 0; word < this.words; word++) bits[word] = (bits[word] ?? 0) | (followers?.[word] ?? 0);
  }

  /** The places for the character that follows `text`. */
  advance(text: string): readonly number[] {
    let current = this.begin;
    const lastMarked = new Int32Array(this.size).fill(-1);
    for (let i = 0; i < text.length && current.length > 0; i++) {
      const unit = text.charCodeAt(i);
      const next: number[] = [];
      for (const place of current) {
        if (!this.charsAt(place).has(unit)) continue;
        for (const follower of this.after(place).places) {
          if (lastMarked[follower] !== i) next.push(follower);
          lastMarked[follower] = i;
        }
      }
      current = next;
    }
    return current;
  }
}

export function bitsOf(places: readonly number[], words: number): Int32Array {
  const bits = new Int32Array(words);
  for (const place of places) bits[place >> 5] = (bits[place >> 5] ?? 0) | (1 << (place & 31));
  return bits;
}

const NO_CHAR = ANY_CHAR.complement();
const NOTHING: Reach = { places: [], mayEnd: false };

/** What the way to a state demands: nothing, another character, or the end of the text. */
const Demand = { None: 0, More: 1, End: 2 } as const;

function reach(states: readonly State[], from: number, where: 'first' | 'later'): Reach {
  const places = new Set<number>();
  let mayEnd = false;
  const open = new Set([from * 3 + Demand.None]);
  for (const key of open) {
    const index = Math.floor(key / 3);
    const demand = key % 3;
    const state = states[index];
    switch (state?.kind) {
      case undefined:
        break;
      case 'accept':
        mayEnd ||= demand !== Demand.More;
        break;
      case 'char':
        if (demand !== Demand.End) places.add(index);
        break;
      case 'fork':
        open.add(state.left * 3 + demand).add(state.right * 3 + demand);
        break;
      case 'start':
        if (where === 'first') open.add(state.next * 3 + demand);
        break;
      case 'end':
        if (demand !== Demand.More) open.add(state.next * 3 + Demand.End);
        break;
      case 'look':
        if (!isOneMoreCharacter(states, state)) open.add(state.next * 3 + demand);
        else if (demand !== Demand.End) open.add(state.next * 3 + Demand.More);
        break;
    }
  }
  return { places: [...places], mayEnd };
}

/** `(?=.)` */
function isOneMoreCharacter(states: readonly State[], look: State & { readonly kind: 'look' }): boolean {
  const body = states[look.body];
  return !look.negative && body?.kind === 'char' && body.set === ANY_CHAR && states[body.next]?.kind === 'accept';
}

/** Accepts every text. */
export const EVERYTHING = new StepTable(
  buildAutomaton({ kind: 'repeat', body: { kind: 'char', set: ANY_CHAR }, min: 0, max: Infinity }),
);
