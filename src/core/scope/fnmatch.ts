/**
 * Patterns of Python's `fnmatch`, as claude-swarm compares them (PROTOCOLS 2.4): whole string, and `*`, `?` and `[!x]` match
 * `/` too. Between them and our entries nothing is ever lost: each side gets what covers at least the same files.
 */
import type { ScopeEntry } from './entry.ts';
import { globEntry, pathEntry } from './entry.ts';
import { canonicalBelow, isAtOrBelow, joinBelow, relativeTo } from './pathTree.ts';

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  /** `[ab]`, as a pattern of ours; undefined where it could stand for a slash. */
  | { readonly kind: 'set'; readonly pattern: string | undefined };

/** More ways to read one pattern than this, or so long ones, and it becomes the directory in which all of them lie. */
const mostAlternatives = 32;
const mostChars = 1_024;

/** What a claude-swarm lock on `text` covers for us: the path itself, and where it is a pattern, all that matches it. */
export function entriesOfFnmatch(root: string, text: string): readonly ScopeEntry[] {
  const own = canonicalBelow(root, text);
  const literal: readonly ScopeEntry[] = own === undefined ? [] : [pathEntry(own)];
  if (!/[*?[]/.test(text)) return literal;
  return [...literal, ...patternEntries(root, text)];
}

function patternEntries(root: string, text: string): readonly ScopeEntry[] {
  const { base, rest } = splitBase(root, text);
  if (isAtOrBelow(base, root) && base !== root) return [pathEntry(root)]; // it may come back down into the root
  if (!isAtOrBelow(root, base)) return [];
  if (rest.split('/').includes('..')) return [pathEntry(root)];
  const pieces = read(rest);
  const alternatives = pieces.reduce<readonly string[] | undefined>(
    (before, piece) => {
      const next = globsOf(piece);
      if (before === undefined || next === undefined || before.length * next.length > mostAlternatives)
        return undefined;
      return before.flatMap((start) => next.map((end) => start + end));
    },
    [''],
  );
  const chars = alternatives?.reduce((sum, each) => sum + each.length, 0) ?? 0;
  return alternatives !== undefined && chars <= mostChars
    ? alternatives.flatMap((glob) => globEntries(base, glob))
    : [pathEntry(base)];
}

/**
 * The directory in which all lies that the pattern matches, and what of the pattern follows. Unlike claude-swarm itself, which
 * compares the letters, we take `/repo/src/*` and `docs/../src/*` for what the agent means by them.
 */
function splitBase(root: string, text: string): { readonly base: string; readonly rest: string } {
  const below = relativeTo(root, text) ?? text; // the root's own name may look like a pattern
  const length = below.lastIndexOf('/', below.search(/[*?[]/)) + 1;
  const before = below.slice(0, length);
  const base = canonicalBelow('/', before.startsWith('/') ? before : joinBelow(root, before));
  return { base: base ?? root, rest: below.slice(length) };
}

/** None where no file can have such a name: `a//b`. */
function globEntries(base: string, glob: string): readonly ScopeEntry[] {
  const parts = glob.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return [];
  return [globEntry(base, glob)];
}

/** What one piece may be in a pattern whose wildcards stop at slashes. */
function globsOf(piece: Piece): readonly string[] | undefined {
  switch (piece.kind) {
    case 'text':
      return [escaped(piece.text)];
    case 'star':
      return ['*', '*/**/*'];
    case 'any':
      return ['?', '/'];
    case 'set':
      return piece.pattern === undefined ? undefined : [piece.pattern];
  }
}

function read(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let i = 0; i < text.length;) {
    const char = text[i] ?? '';
    const end = char === '[' ? endOfSet(text, i) : -1;
    if (char === '*') {
      if (pieces.at(-1)?.kind !== 'star') pieces.push({ kind: 'star' });
      i++;
    } else if (char === '?') {
      pieces.push({ kind: 'any' });
      i++;
    } else if (end > 0) {
      pieces.push({ kind: 'set', pattern: setPattern(text.slice(i + 1, end)) });
      i = end + 1;
    } else if (char === '.' && text[i + 1] === '*') {
      pieces.push({ kind: 'set', pattern: '[.]' }); // after a plain dot micromatch's `*` wants one character at least
      i++;
    } else {
      pieces.push({ kind: 'text', text: char });
      i++;
    }
  }
  return pieces;
}

/** Index of the `]` that ends the set; -1 where there is none, so that `[` stands for itself. A first `]` belongs to it. */
function endOfSet(text: string, start: number): number {
  let from = start + 1;
  if (text[from] === '!') from++;
  if (text[from] === ']') from++;
  return text.indexOf(']', from);
}

/** Only sets of plain letters, digits and the like; ranges between others, and all that is negated, may hold a slash. */
function setPattern(inside: string): string | undefined {
  return /^(?:[\p{L}\p{N}_.]-[\p{L}\p{N}_.]|[\p{L}\p{N}_. ])+$/u.test(inside) && !inside.startsWith('!')
    ? `[${inside}]`
    : undefined;
}

function escaped(text: string): string {
  return text.replace(/[\\{}()!+@|*?[\]"']/g, '\\$&');
}

/** `text`, which stands for itself, as part of an fnmatch pattern. */
export function escapeFnmatch(text: string): string {
  return text.replace(/[*?[]/g, '[$&]');
}
