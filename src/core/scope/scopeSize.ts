import type { Scope } from './entry.ts';
import { patternSize } from './patternText.ts';

/** Comparing two scopes of this size takes some 100 ms; a record that needs more could hang whoever reads it. */
export const MAX_SCOPE_ALTERNATIVES = 1024;
/** In UTF-16 units, over all brace alternatives of all patterns: the automata grow with it, and so does the time. */
export const MAX_SCOPE_CHARS = 16_384;

/** Adds up patterns, without expanding them, until they are too large to be compared in bounded time. */
export class ScopeSize {
  #alternatives = 0;
  #chars = 0;

  /** Counts a pattern in. @throws ScopeError for one that is not well formed */
  admits(pattern: string): boolean {
    const { alternatives, chars } = patternSize(pattern);
    this.#alternatives += alternatives;
    this.#chars += chars;
    return this.#alternatives <= MAX_SCOPE_ALTERNATIVES && this.#chars <= MAX_SCOPE_CHARS;
  }
}

/** Whether a scope can be compared in bounded time. */
export function isComparable(scope: Scope): boolean {
  const size = new ScopeSize();
  return scope.every((entry) => entry.kind !== 'glob' || size.admits(entry.pattern));
}
