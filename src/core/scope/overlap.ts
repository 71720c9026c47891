import { type Area, areasOf } from './area.ts';
import { areasOverlap } from './areaOverlap.ts';
import type { Scope, ScopeEntry } from './entry.ts';
import type { CaseRule } from './foldCase.ts';

/**
 * Whether two entries have something in common: for paths and globs, whether some path that could exist is covered by
 * both; for names, whether they are equal. Never misses; exact except for `!()`, which is read as "anything there",
 * and for huge patterns, which are taken to overlap when the search becomes too long.
 */
export function overlaps(a: ScopeEntry, b: ScopeEntry, rule: CaseRule): boolean {
  if (a.kind === 'name' || b.kind === 'name') return a.kind === 'name' && b.kind === 'name' && a.name === b.name;
  return anyOverlap(areasOf(a, rule), areasOf(b, rule));
}

/** The first pair of overlapping entries, `a` of the first scope and `b` of the second, or undefined. */
export function scopesOverlap(
  left: Scope,
  right: Scope,
  rule: CaseRule,
): { readonly a: ScopeEntry; readonly b: ScopeEntry } | undefined {
  for (const a of left) {
    const b = right.find((entry) => overlaps(a, entry, rule));
    if (b !== undefined) return { a, b };
  }
  return undefined;
}

function anyOverlap(left: readonly Area[], right: readonly Area[]): boolean {
  return left.some((a) => right.some((b) => areasOverlap(a, b)));
}
