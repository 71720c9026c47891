import { type Area } from './area.ts';
import { automataMeet } from './automataMeet.ts';
import { areaCovers } from './covers.ts';
import { isAtOrBelow, relativeTo } from './pathTree.ts';
import type { PatternMatcher } from './patternMatcher.ts';

type PatternArea = Area & { readonly kind: 'pattern' };

/** Whether some path that could exist lies in both areas. Both are folded alike. */
export function areasOverlap(a: Area, b: Area): boolean {
  if (a.kind === 'spot') return areaCovers(b, a.at);
  if (b.kind === 'spot') return areaCovers(a, b.at);
  if (a.kind === 'tree') return b.kind === 'tree' ? treesOverlap(a.at, b.at) : treeMeetsPattern(a.at, b);
  return b.kind === 'tree' ? treeMeetsPattern(b.at, a) : patternsOverlap(a, b);
}

function treesOverlap(a: string, b: string): boolean {
  return isAtOrBelow(a, b) || isAtOrBelow(b, a);
}

function treeMeetsPattern(tree: string, area: PatternArea): boolean {
  // At the top of the tree `!()` is still exact; only below it is the pattern widened.
  if (areaCovers(area, tree)) return true;
  const inside = relativeTo(area.at, tree);
  if (inside === undefined) return isAtOrBelow(tree, area.at) && meetsAnything(area.matcher, area.matcher.steps.begin);
  return meetsAnything(area.matcher, placesBelow(area.matcher, inside));
}

function patternsOverlap(a: PatternArea, b: PatternArea): boolean {
  const [upper, lower] = a.at.length <= b.at.length ? [a, b] : [b, a];
  const between = relativeTo(upper.at, lower.at);
  if (between === undefined || !endingsAgree(upper.matcher.ending, lower.matcher.ending)) return false;
  return automataMeet(
    { table: upper.matcher.steps, from: placesBelow(upper.matcher, between) },
    { table: lower.matcher.steps, from: lower.matcher.steps.begin },
  );
}

/** The places of a pattern that stand for the first character of a name inside the directory `relative`. */
function placesBelow({ steps }: PatternMatcher, relative: string): readonly number[] {
  return relative === '' ? steps.begin : steps.advance(`${relative}/`);
}

function meetsAnything(matcher: PatternMatcher, from: readonly number[]): boolean {
  return from.some((place) => matcher.completes(place));
}

/** Every match ends with its pattern's ending, so one ending must end with the other. */
function endingsAgree(a: string, b: string): boolean {
  return a.endsWith(b) || b.endsWith(a);
}
