import type { ScopeEntry } from './entry.ts';
import { type CaseRule, foldText } from './foldCase.ts';
import { PatternMatcher } from './patternMatcher.ts';
import { expandPattern } from './patternText.ts';
import { joinBelow } from './pathTree.ts';
import { ScopeError } from './scopeError.ts';

/**
 * A part of the file system, ready to compare: `at` is folded where the case rule says so. An entry of a scope is a
 * union of areas, one for each brace alternative.
 */
export type Area =
  /** `at` and all below it. */
  | { readonly kind: 'tree'; readonly at: string }
  /** `at` alone: `{a,b}` covers `a`, and not what is below it. */
  | { readonly kind: 'spot'; readonly at: string }
  /** What lies below `at` and matches; never `at` itself. */
  | { readonly kind: 'pattern'; readonly at: string; readonly matcher: PatternMatcher };

/** The areas of an entry; none for a name. */
export function areasOf(entry: ScopeEntry, rule: CaseRule): readonly Area[] {
  const caseOf = (text: string): string => (rule.fold ? foldText(text) : text);
  switch (entry.kind) {
    case 'name':
      return [];
    case 'path':
      return [{ kind: 'tree', at: caseOf(entry.path) }];
    case 'glob': {
      const base = caseOf(entry.base);
      return shapesOf(entry.pattern, rule).map((shape) => {
        const at = joinBelow(base, caseOf(shape.literal));
        return shape.kind === 'pattern' ? { kind: 'pattern', at, matcher: shape.matcher } : { kind: shape.kind, at };
      });
    }
  }
}

/** @throws ScopeError if the pattern cannot be compiled */
export function checkCompiles(pattern: string): void {
  for (const { rest } of expandPattern(pattern)) if (rest !== '') new PatternMatcher(rest, { fold: false }).check();
}

/** An area relative to an unknown base. */
type Shape =
  | { readonly kind: 'tree' | 'spot'; readonly literal: string }
  | { readonly kind: 'pattern'; readonly literal: string; readonly matcher: PatternMatcher };

const EVERYTHING_BELOW: readonly Shape[] = [{ kind: 'tree', literal: '' }];

/** Equal patterns share one compiled form, whoever wrote them. The oldest goes when there are too many. */
const MAX_INTERNED = 8192;
const interned = { folded: new Map<string, readonly Shape[]>(), exact: new Map<string, readonly Shape[]>() };

function shapesOf(pattern: string, rule: CaseRule): readonly Shape[] {
  const cache = rule.fold ? interned.folded : interned.exact;
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const shapes = readShapes(pattern, rule);
  if (cache.size >= MAX_INTERNED) {
    for (const oldest of cache.keys()) {
      cache.delete(oldest);
      break;
    }
  }
  cache.set(pattern, shapes);
  return shapes;
}

function readShapes(pattern: string, rule: CaseRule): readonly Shape[] {
  try {
    return expandPattern(pattern).map((split) => {
      const literal = split.literal.join('/');
      if (split.rest === '') return { kind: 'spot', literal };
      if (/^\*\*(?:\/\*\*)*$/.test(split.rest)) return { kind: 'tree', literal };
      return { kind: 'pattern', literal, matcher: new PatternMatcher(split.rest, rule) };
    });
  } catch (error) {
    // Only a record that nobody checked gets here. A lock that we cannot read covers all it might: never less.
    if (error instanceof ScopeError) return EVERYTHING_BELOW;
    throw error;
  }
}
