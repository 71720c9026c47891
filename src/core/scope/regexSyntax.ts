/** Reads the regular expressions that micromatch makes: a small dialect without back references or look-behind. */
import { ANY_CHAR, CharSet, charSetOf, single, type UnitRange } from './charSet.ts';

export type RegexNode =
  | { readonly kind: 'char'; readonly set: CharSet }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'either'; readonly choices: readonly RegexNode[] }
  /** `max` is Infinity or a small number. */
  | { readonly kind: 'repeat'; readonly body: RegexNode; readonly min: number; readonly max: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'look'; readonly body: RegexNode; readonly negative: boolean };

/** @throws SyntaxError for anything outside of the dialect; a caller then knows that micromatch has changed */
export function parseRegex(source: string, fold: boolean): RegexNode {
  const reader = new Reader(source, fold);
  const node = reader.either();
  if (!reader.atEnd()) throw new SyntaxError(`Unexpected ${source.slice(reader.index)}`);
  return node;
}

class Reader {
  index = 0;
  readonly #source: string;
  readonly #fold: boolean;

  constructor(source: string, fold: boolean) {
    this.#source = source;
    this.#fold = fold;
  }

  atEnd(): boolean {
    return this.index >= this.#source.length;
  }

  either(): RegexNode {
    const choices = [this.#sequence()];
    while (this.#take('|')) choices.push(this.#sequence());
    const [only] = choices;
    return choices.length === 1 && only !== undefined ? only : { kind: 'either', choices };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (!this.atEnd() && !this.#sees('|') && !this.#sees(')')) parts.push(this.#quantified());
    return { kind: 'sequence', parts };
  }

  #quantified(): RegexNode {
    const body = this.#atom();
    const limits = this.#quantifier();
    if (limits === undefined) return body;
    this.#take('?'); // Lazy or greedy: the language is the same.
    return { kind: 'repeat', body, ...limits };
  }

  #quantifier(): { readonly min: number; readonly max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Infinity };
    if (this.#take('+')) return { min: 1, max: Infinity };
    if (this.#take('?')) return { min: 0, max: 1 };
    const counted = /^\{(\d),(\d)\}/.exec(this.#source.slice(this.index, this.index + 5));
    if (counted === null) return undefined;
    this.index += 5;
    return { min: Number(counted[1]), max: Number(counted[2]) };
  }

  #atom(): RegexNode {
    if (this.#take('^')) return { kind: 'start' };
    if (this.#take('$')) return { kind: 'end' };
    if (this.#take('.')) return { kind: 'char', set: ANY_CHAR };
    if (this.#take('[')) return { kind: 'char', set: this.#class() };
    if (this.#take('(')) return this.#group();
    if (this.#take('\\')) return { kind: 'char', set: charSetOf(this.#next(), this.#fold) };
    const char = this.#next();
    if ('*+?{}'.includes(char)) throw new SyntaxError(`Nothing to repeat at ${this.index}`);
    return { kind: 'char', set: charSetOf(char, this.#fold) };
  }

  #group(): RegexNode {
    const look = this.#take('?=') ? 'positive' : this.#take('?!') ? 'negative' : undefined;
    if (look === undefined && !this.#take('?:') && this.#sees('?')) throw new SyntaxError('Unknown group');
    const body = this.either();
    if (!this.#take(')')) throw new SyntaxError('Unclosed group');
    return look === undefined ? body : { kind: 'look', body, negative: look === 'negative' };
  }

  #class(): CharSet {
    const negative = this.#take('^');
    const ranges: UnitRange[] = [];
    while (!this.#take(']')) {
      const first = this.#classChar();
      if (!this.#sees('-') || this.#source.charAt(this.index + 1) === ']') {
        ranges.push(single(first));
        continue;
      }
      this.index++;
      const last = this.#classChar();
      if (last < first) throw new SyntaxError('Range out of order in character class');
      ranges.push([first, last]);
    }
    const plain = CharSet.of(ranges);
    const set = this.#fold ? plain.folded() : plain;
    return negative ? set.complement() : set;
  }

  #classChar(): number {
    const char = this.#next();
    if (char !== '\\') return char.charCodeAt(0);
    const escaped = this.#next();
    if (escaped === 'x') {
      const hex = this.#next() + this.#next();
      return parseInt(hex, 16);
    }
    const control = CONTROL_ESCAPES.get(escaped);
    if (control !== undefined) return control;
    if (/[a-zA-Z0-9]/.test(escaped)) throw new SyntaxError(`Unknown escape \\${escaped}`);
    return escaped.charCodeAt(0);
  }

  #sees(text: string): boolean {
    return this.#source.startsWith(text, this.index);
  }

  #take(text: string): boolean {
    const seen = this.#sees(text);
    if (seen) this.index += text.length;
    return seen;
  }

  #next(): string {
    if (this.atEnd()) throw new SyntaxError('Unexpected end');
    return this.#source.charAt(this.index++);
  }
}

/** As they occur in micromatch's POSIX classes. */
const CONTROL_ESCAPES: ReadonlyMap<string, number> = new Map([
  ['t', 0x09],
  ['n', 0x0a],
  ['v', 0x0b],
  ['f', 0x0c],
  ['r', 0x0d],
]);
