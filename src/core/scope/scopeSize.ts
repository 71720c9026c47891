import type { Scope } from './entry.ts';
import { expandPattern } from './patternText.ts';

/** Comparing two scopes of this size takes some 100 ms; a record that needs more could hang whoever reads it. */
export const MAX_SCOPE_ALTERNATIVES = 1024;

/** Whether a scope can be compared in bounded time: all brace alternatives of all its patterns count. */
export function isComparable(scope: Scope): boolean {
  let alternatives = 0;
  for (const entry of scope) {
    if (entry.kind === 'glob') alternatives += expandPattern(entry.pattern).length;
    if (alternatives > MAX_SCOPE_ALTERNATIVES) return false;
  }
  return true;
}
