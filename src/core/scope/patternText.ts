/** A glob pattern as text: is it well formed, where are its segments, which of them are literal. */
import { type BraceNode, type BraceSize, countAlternatives, expandBraces, parseBraces } from './braces.ts';
import { skipAtom } from './patternAtom.ts';
import { ScopeError } from './scopeError.ts';

/** DESIGN.md, section 5. */
const MAX_ALTERNATIVES = 256;
/** In UTF-16 code units. Bounds the automaton of one alternative, and so the time of every comparison. */
const MAX_PATTERN_CHARS = 1024;
/** In UTF-16 code units, over all brace alternatives of one pattern together. */
const MAX_EXPANDED_CHARS = 8192;
/** Parentheses and braces within each other. */
const MAX_NESTING = 16;

/** One brace alternative: literal leading segments, and what is left. `rest` is '' for a wholly literal alternative. */
export interface SplitPattern {
  readonly literal: readonly string[];
  readonly rest: string;
}

/**
 * The distinct brace alternatives of a pattern, each split. Accepts only patterns that can be compared in bounded time
 * and that mean what people expect.
 * @throws ScopeError `empty`, `nul`, `too-long`, `unbalanced`, `too-deep`, `too-many-alternatives`, `dot-dot`, `invalid-pattern`
 */
export function expandPattern(pattern: string): readonly SplitPattern[] {
  const tidy = tidyChecked(pattern);
  const node = parseBraces(tidy);
  checkSize(node);
  return [...new Set(expandBraces(node))].map(splitAlternative);
}

/** Counted, not expanded: equal alternatives count each. Throws what is wrong with the text itself. */
export function patternSize(pattern: string): BraceSize {
  return countAlternatives(parseBraces(tidyChecked(pattern)));
}

/**
 * Moves the literal leading segments, which may be `..`, out of a pattern. `rest` keeps its braces, and is '' where all
 * is literal; then a slash at the end is dropped. Same errors as `expandPattern`.
 */
export function splitLiteralPrefix(pattern: string): SplitPattern {
  const parts = splitSegments(tidyChecked(pattern));
  const magic = parts.findIndex((segment) => !isLiteral(segment));
  const literal = parts
    .slice(0, magic === -1 ? parts.length : magic)
    .filter((segment) => segment !== '' && segment !== '.')
    .map(unescape);
  if (magic === -1) return { literal, rest: '' };
  const rest = cleanSegments(parts.slice(magic)).join('/');
  const alternatives = expandPattern(rest);
  const [only] = alternatives;
  if (alternatives.length > 1 || only === undefined) return { literal, rest };
  return { literal: [...literal, ...only.literal], rest: only.rest };
}

/** Whether `--scope` takes a text that names no existing file for a pattern. A lone backslash does not make one. */
export function hasPatternCharacters(text: string): boolean {
  return /[*?[\](){}]/.test(text) || isNegated(text);
}

/** `!x` asks for everything but x; `!(x)` is an ordinary pattern. */
export function isNegated(pattern: string): boolean {
  return pattern.startsWith('!') && !pattern.startsWith('!(');
}

function splitAlternative(text: string): SplitPattern {
  if (text.startsWith('/')) {
    throw new ScopeError(
      'invalid-pattern',
      'A brace alternative begins with a slash.',
      'Patterns are relative to their base; use several entries for several places.',
    );
  }
  const segments = cleanSegments(splitSegments(text));
  const magic = segments.findIndex((segment) => !isLiteral(segment));
  const count = magic === -1 ? segments.length : magic;
  return { literal: segments.slice(0, count).map(unescape), rest: segments.slice(count).join('/') };
}

/** Segments without empty and `.` ones; a slash at the end becomes `**` (DESIGN.md 5: `a/` means `a/**`). */
function cleanSegments(parts: readonly string[]): string[] {
  const segments = parts.filter((part) => part !== '' && part !== '.');
  if (segments.includes('..')) {
    throw new ScopeError(
      'dot-dot',
      'The pattern has `..` after a part that is not literal.',
      'Write the pattern without `..`.',
    );
  }
  if (parts.at(-1) === '' || segments.length === 0) segments.push('**');
  return segments;
}

/** Splits at the slashes that are outside of classes, groups and braces. */
function splitSegments(text: string): string[] {
  const segments: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i = skipAtom(text, i)) {
    const char = text.charAt(i);
    if (char === '(' || char === '{') depth++;
    else if (char === ')' || char === '}') depth--;
    else if (char === '/' && depth === 0) {
      segments.push(text.slice(start, i));
      start = i + 1;
    }
  }
  segments.push(text.slice(start));
  return segments;
}

function isLiteral(segment: string): boolean {
  for (let i = 0; i < segment.length; i = skipAtom(segment, i)) {
    if ('*?[](){}'.includes(segment.charAt(i))) return false;
  }
  return true;
}

function unescape(segment: string): string {
  return segment.replace(/\\(.)/gs, '$1');
}

/**
 * Makes a backslash mean one thing, "the next character as it is". To picomatch `\d` would be a digit and `\1` a back
 * reference; it drops double quotes, too, and here they are ordinary characters of a file name. Idempotent.
 */
function tidyEscapes(pattern: string): string {
  return pattern.replace(/\\(.?)|"/gs, (match, escaped: string | undefined) => {
    if (escaped === undefined) return '\\"';
    if (escaped === '') return '\\\\';
    return escaped === '/' || /[\p{L}\p{N}_\s]/u.test(escaped) || escaped > '~' ? escaped : match;
  });
}

function tidyChecked(pattern: string): string {
  if (pattern === '') throw new ScopeError('empty', 'The pattern is empty.', 'Use `**` for everything.');
  if (pattern.includes('\0')) throw new ScopeError('nul', 'The pattern contains a NUL character.', 'Remove it.');
  if (pattern.length > MAX_PATTERN_CHARS) {
    throw new ScopeError(
      'too-long',
      `The pattern has ${pattern.length} characters; at most ${MAX_PATTERN_CHARS} are allowed.`,
      'Use several shorter entries.',
    );
  }
  const tidy = tidyEscapes(pattern);
  checkBalance(tidy);
  return tidy;
}

function checkBalance(text: string): void {
  const open: string[] = [];
  for (let i = 0; i < text.length; i = skipAtom(text, i)) {
    const char = text.charAt(i);
    if (char === '[' && skipAtom(text, i) === i + 1) unbalanced('[');
    if (char === ']') unbalanced(']');
    if (char === '(' || char === '{') open.push(char === '(' ? ')' : '}');
    if (open.length > MAX_NESTING) {
      throw new ScopeError('too-deep', `Groups are nested deeper than ${MAX_NESTING}.`, 'Simplify the pattern.');
    }
    if ((char === ')' || char === '}') && open.pop() !== char) unbalanced(char);
    if (char === '(' && text.charAt(i + 1) === '?') {
      // picomatch reads `(?` as the start of a look-around, and elsewhere as a literal question mark: never as a wildcard.
      throw new ScopeError(
        'invalid-pattern',
        'A group begins with `?`, which matchers read in different ways.',
        'Use `[^/]` for "any one character" there.',
      );
    }
  }
  if (open.length > 0) unbalanced(open.at(-1) === ')' ? '(' : '{');
}

function unbalanced(char: string): never {
  throw new ScopeError(
    'unbalanced',
    `The pattern has an unbalanced \`${char}\`.`,
    `Close it, write \`\\${char}\` for the character itself, or use --path if this is a literal path.`,
  );
}

function checkSize(node: BraceNode): void {
  const { alternatives, chars } = countAlternatives(node);
  if (alternatives > MAX_ALTERNATIVES) {
    throw new ScopeError(
      'too-many-alternatives',
      `The braces stand for more than ${MAX_ALTERNATIVES} alternatives.`,
      'Use a wildcard, or several entries.',
    );
  }
  if (chars > MAX_EXPANDED_CHARS) {
    throw new ScopeError(
      'too-long',
      `The braces expand to more than ${MAX_EXPANDED_CHARS} characters.`,
      'Use several shorter entries.',
    );
  }
}
