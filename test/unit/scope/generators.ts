/** Random scope entries and all short paths over the same tiny alphabet, for comparison with brute force. */
import fc from 'fast-check';
import { globEntry, pathEntry, type ScopeEntry } from '../../../src/core/scope/entry.ts';
import { ScopeError } from '../../../src/core/scope/scopeError.ts';

/** Every canonical path of up to `depth` segments of up to `length` characters. */
export function allPaths(alphabet: string, length: number, depth: number): string[] {
  let names = [''];
  const segments: string[] = [];
  for (let i = 0; i < length; i++) {
    names = names.flatMap((name) => Array.from(alphabet, (char) => name + char));
    segments.push(...names.filter((name) => name !== '.' && name !== '..'));
  }
  let level = ['/'];
  const paths = ['/'];
  for (let i = 0; i < depth; i++) {
    level = level.flatMap((parent) => segments.map((name) => (parent === '/' ? `/${name}` : `${parent}/${name}`)));
    paths.push(...level);
  }
  return paths;
}

const literal = fc.constantFrom('a', 'b', 'a', 'b', 'ab', '.', '.a', 'A');
const wildcard = fc.constantFrom(
  '*',
  '?',
  '[ab]',
  '[!a]',
  '[^b]',
  '[a-b]',
  '[[:alpha:]]',
  '[^[:alpha:]]',
  '[.a]',
  '\\a',
);
const choice = fc
  .array(fc.constantFrom('a', 'b', 'ab', '*', 'a*', '.', '', 'a/b', '*/a'), { minLength: 2, maxLength: 3 })
  .map((choices) => choices);

function segmentOf(extglobs: readonly string[]): fc.Arbitrary<string> {
  const group = fc.tuple(fc.constantFrom(...extglobs), choice).map(([kind, parts]) => `${kind}(${parts.join('|')})`);
  const braces = choice.map((parts) => `{${parts.join(',')}}`);
  const token = fc.oneof({ weight: 5, arbitrary: literal }, { weight: 5, arbitrary: wildcard }, group, braces);
  const tokens = fc.array(token, { minLength: 1, maxLength: 2 }).map((parts) => parts.join(''));
  return fc.oneof(
    { weight: 4, arbitrary: tokens },
    { weight: 1, arbitrary: fc.constantFrom('**', '**', '*', 'a**', '**b') },
  );
}

/** Pattern texts; some are refused. `exact` leaves out `!()`, the one kind that overlap may widen. */
export function patterns(kind: 'exact' | 'all'): fc.Arbitrary<string> {
  const extglobs = kind === 'exact' ? ['@', '?', '+', '*', ''] : ['@', '?', '+', '*', '', '!', '!'];
  return fc.array(segmentOf(extglobs), { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'));
}

const bases = fc.constantFrom('/', '/', '/', '/a', '/b', '/a/b', '/ab');

/** Glob and path entries. */
export function entries(kind: 'exact' | 'all'): fc.Arbitrary<ScopeEntry> {
  const paths = fc.constantFrom('/', '/a', '/b', '/ab', '/A', '/a/b', '/a/.a', '/b/a/b', '/.b');
  const globs = fc.tuple(bases, patterns(kind)).map(([base, pattern]) => tryGlob(base, pattern));
  const made = globs.filter((entry) => entry !== undefined);
  return fc.oneof({ weight: 1, arbitrary: paths.map(pathEntry) }, { weight: 6, arbitrary: made });
}

function tryGlob(base: string, pattern: string): ScopeEntry | undefined {
  try {
    return globEntry(base, pattern);
  } catch (error) {
    if (error instanceof ScopeError) return undefined;
    throw error;
  }
}
