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

/**
 * Compiled and compared, a pattern takes about half a KiB for each of its characters, and long ones more, as every
 * character may be followed by every other: this is some 64 MiB, or ten thousand patterns like those that people write.
 */
const MAX_INTERNED_WEIGHT = 128 * 1024;

/** Equal patterns share one compiled form, whoever wrote them. The oldest goes when they weigh too much. */
class Interned {
  readonly #shapes = new Map<string, readonly Shape[]>();
  #weight = 0;

  get(pattern: string): readonly Shape[] | undefined {
    return this.#shapes.get(pattern);
  }

  keep(pattern: string, shapes: readonly Shape[]): void {
    this.#shapes.set(pattern, shapes);
    this.#weight += weightOf(pattern, shapes);
    for (const [oldest, its] of this.#shapes) {
      if (this.#weight <= MAX_INTERNED_WEIGHT || oldest === pattern) return;
      this.#shapes.delete(oldest);
      this.#weight -= weightOf(oldest, its);
    }
  }
}

function weightOf(pattern: string, shapes: readonly Shape[]): number {
  let weight = pattern.length;
  for (const shape of shapes) {
    const chars = shape.kind === 'pattern' ? shape.matcher.pattern.length : 1;
    weight += chars + Math.ceil(chars ** 2 / 256);
  }
  return weight;
}

const interned = { folded: new Interned(), exact: new Interned() };

function shapesOf(pattern: string, rule: CaseRule): readonly Shape[] {
  const cache = rule.fold ? interned.folded : interned.exact;
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const shapes = readShapes(pattern, rule);
  cache.keep(pattern, shapes);
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
