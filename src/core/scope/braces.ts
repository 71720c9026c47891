/** Brace alternatives: counted on the parsed form before anything is expanded, so a hostile range costs nothing. */
import { skipAtom } from './patternAtom.ts';

export type BraceNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'all'; readonly parts: readonly BraceNode[] }
  | { readonly kind: 'any'; readonly choices: readonly BraceNode[] }
  | { readonly kind: 'range'; readonly range: Range };

interface Range {
  readonly first: number;
  readonly count: number;
  readonly step: number;
  /** `letter` for code points, else the width in characters to which numbers are padded with zeros. */
  readonly form: 'letter' | number;
}

/** How many alternatives there are, and an upper bound of their characters together. May be Infinity. */
export interface BraceSize {
  readonly alternatives: number;
  readonly chars: number;
}

/**
 * Reads `{a,b}`, `{1..9..2}` and `{a..e}`, nested. As in bash and micromatch `{a}`, `{}` and `${NAME}` are literal, and
 * nothing expands inside a character class. The text must be balanced.
 */
export function parseBraces(text: string): BraceNode {
  return { kind: 'all', parts: parseParts(text) };
}

export function countAlternatives(node: BraceNode): BraceSize {
  switch (node.kind) {
    case 'text':
      return { alternatives: 1, chars: node.text.length };
    case 'range':
      return { alternatives: node.range.count, chars: node.range.count * MAX_NUMBER_CHARS };
    case 'any':
      return node.choices.map(countAlternatives).reduce((sum, size) => ({
        alternatives: sum.alternatives + size.alternatives,
        chars: sum.chars + size.chars,
      }));
    case 'all':
      return node.parts.map(countAlternatives).reduce(
        (product, size) => ({
          alternatives: product.alternatives * size.alternatives,
          chars: product.chars * size.alternatives + size.chars * product.alternatives,
        }),
        { alternatives: 1, chars: 0 },
      );
  }
}

/** Every alternative, in bash's order. Count first. */
export function expandBraces(node: BraceNode): readonly string[] {
  switch (node.kind) {
    case 'text':
      return [node.text];
    case 'range':
      return expandRange(node.range);
    case 'any':
      return node.choices.flatMap(expandBraces);
    case 'all':
      return node.parts.reduce<readonly string[]>(
        (heads, part) => {
          const tails = expandBraces(part);
          return heads.flatMap((head) => tails.map((tail) => head + tail));
        },
        [''],
      );
  }
}

function parseParts(text: string): BraceNode[] {
  const parts: BraceNode[] = [];
  let plain = '';
  for (let i = 0; i < text.length;) {
    if (text.charAt(i) !== '{') {
      const end = skipAtom(text, i);
      plain += text.slice(i, end);
      i = end;
      continue;
    }
    const end = endOfBrace(text, i);
    parts.push({ kind: 'text', text: plain }, ...readBraces(text.slice(i + 1, end - 1), plain));
    plain = '';
    i = end;
  }
  return [...parts, { kind: 'text', text: plain }];
}

function readBraces(body: string, before: string): readonly BraceNode[] {
  if (before.endsWith('$')) {
    const literal = body.replace(/\\.|[{}]/gs, (match) => (match.length > 1 ? match : `\\${match}`));
    return [{ kind: 'text', text: `\\{${literal}\\}` }];
  }
  const group = readGroup(body);
  if (group !== undefined) return [group];
  // Literal braces; what is inside them still expands.
  return [{ kind: 'text', text: '\\{' }, ...parseParts(body), { kind: 'text', text: '\\}' }];
}

function readGroup(body: string): BraceNode | undefined {
  const choices = splitAtCommas(body);
  if (choices.length > 1) return { kind: 'any', choices: choices.map(parseBraces) };
  const range = readRange(body);
  return range === undefined ? undefined : { kind: 'range', range };
}

function splitAtCommas(body: string): string[] {
  const choices: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < body.length; i = skipAtom(body, i)) {
    const char = body.charAt(i);
    if (char === '{' || char === '(') depth++;
    else if (char === '}' || char === ')') depth--;
    else if (char === ',' && depth === 0) {
      choices.push(body.slice(start, i));
      start = i + 1;
    }
  }
  choices.push(body.slice(start));
  return choices;
}

function endOfBrace(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i = skipAtom(text, i)) {
    if (text.charAt(i) === '{') depth++;
    else if (text.charAt(i) === '}' && --depth === 0) return i + 1;
  }
  return text.length;
}

const MAX_NUMBER_CHARS = 16;

function readRange(body: string): Range | undefined {
  const match = /^(?:(-?\d{1,15})\.\.(-?\d{1,15})|([a-zA-Z])\.\.([a-zA-Z]))(?:\.\.(-?\d{1,15}))?$/.exec(body);
  if (match === null) return undefined;
  const [, from, to, fromLetter, toLetter, by] = match;
  const first = from === undefined ? (fromLetter ?? '').charCodeAt(0) : Number(from);
  const last = to === undefined ? (toLetter ?? '').charCodeAt(0) : Number(to);
  const step = Math.max(1, Math.abs(Number(by ?? 1)));
  const padded = [from, to].some((text) => text !== undefined && /^-?0\d/.test(text));
  const width = padded ? Math.max(from?.length ?? 0, to?.length ?? 0) : 0;
  return {
    first,
    count: Math.floor(Math.abs(last - first) / step) + 1,
    step: last < first ? -step : step,
    form: from === undefined ? 'letter' : width,
  };
}

function expandRange(range: Range): string[] {
  return Array.from({ length: range.count }, (_, i) => {
    const value = range.first + i * range.step;
    if (range.form === 'letter') return String.fromCharCode(value).replace(/[^a-zA-Z]/, '\\$&');
    const digits = String(Math.abs(value));
    const sign = value < 0 ? '-' : '';
    return sign + digits.padStart(range.form - sign.length, '0');
  });
}
