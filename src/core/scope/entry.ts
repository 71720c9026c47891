/**
 * Start here. A scope says *what* a lock protects, as a list of entries (DESIGN.md, sections 3 and 5).
 *
 * How the folder hangs together:
 *
 *     readScope   what a person typed            → an unresolved request
 *     entry       canonical entries              (the caller did `realpath` in between)
 *     area        an entry, made ready to compare (braces expanded, case folded, pattern compiled)
 *     covers, overlap, scopeIndex                 the questions that are asked
 *
 * A glob's meaning is micromatch's, by construction: one regular expression made by micromatch decides what a pattern
 * covers, and the automaton read from *that same expression* decides what it overlaps. So the two cannot disagree.
 */
import { splitLiteralPrefix } from './patternText.ts';
import { resourceName } from './resourceName.ts';
import { ScopeError } from './scopeError.ts';

/** A file, or a directory and all below it. Absolute, canonical, POSIX, on-disk case. */
export interface PathEntry {
  readonly kind: 'path';
  readonly path: string;
}

/**
 * The paths that match `pattern` (micromatch, `dot` and `posix`), relative to `base`. Unlike a path entry it does *not*
 * cover what lies below a matched directory: `src/*` covers `src/a`, not `src/a/b`; write `src/**` for all of it.
 */
export interface GlobEntry {
  readonly kind: 'glob';
  /** Absolute, canonical, POSIX. Literal leading segments of the pattern are already part of it. */
  readonly base: string;
  /** Not empty; its first segment is not literal. A leading `!` is an ordinary character here. */
  readonly pattern: string;
}

/** An opaque resource, such as a session. Overlaps an equal name only; never folded. */
export interface NameEntry {
  readonly kind: 'name';
  readonly name: string;
}

export type ScopeEntry = PathEntry | GlobEntry | NameEntry;
export type Scope = readonly ScopeEntry[];

/**
 * A path entry on a canonical path.
 * @throws ScopeError `empty`, `nul`, `not-canonical`
 */
export function pathEntry(path: string): PathEntry {
  assertCanonical(path);
  return { kind: 'path', path };
}

/**
 * A glob entry, or a path entry where the pattern has nothing but literal segments (`readScope` says why).
 * Checks the syntax and the size of a pattern, so records need no other check. A pattern that passes here and still does
 * not compile (`[z-a]`, refused by `readScope`) covers everything below its base: a lock is never read as less.
 * @throws ScopeError for a base that is not canonical and for every pattern that `checkPattern` refuses
 */
export function globEntry(base: string, pattern: string): GlobEntry | PathEntry {
  assertCanonical(base);
  const { literal, rest } = splitLiteralPrefix(pattern);
  const moved = literal.length === 0 ? base : `${base === '/' ? '' : base}/${literal.join('/')}`;
  assertCanonical(moved);
  return rest === '' ? pathEntry(moved) : { kind: 'glob', base: moved, pattern: rest };
}

/** @throws ScopeError `empty`, `nul` */
export function nameEntry(name: string): NameEntry {
  if (name.trim() === '') throw new ScopeError('empty', 'The name is empty.', 'Give the resource a name.');
  assertNoNul(name);
  return { kind: 'name', name: resourceName(name) };
}

export function assertNoNul(text: string): void {
  if (text.includes('\0')) {
    throw new ScopeError('nul', 'A scope contains a NUL character.', 'No file name can contain NUL; remove it.');
  }
}

function assertCanonical(path: string): void {
  if (path === '') throw new ScopeError('empty', 'The path is empty.', 'Use `.` for the current directory.');
  assertNoNul(path);
  const canonical =
    path === '/' ||
    (path.startsWith('/') &&
      !path
        .split('/')
        .slice(1)
        .some((name) => /^\.{0,2}$/.test(name)));
  if (!canonical) {
    throw new ScopeError(
      'not-canonical',
      `Not a canonical absolute path: ${JSON.stringify(path)}.`,
      'Resolve the path first: absolute, no empty, `.` or `..` parts, no slash at the end.',
    );
  }
}
