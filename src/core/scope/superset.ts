import type { Scope } from './entry.ts';
import { isAtOrBelow } from './pathTree.ts';

/**
 * What little-loops is told: paths only, so a glob becomes its base directory; never less than the scope. A path that
 * lies below another is left out. A scope of names only gives `[]`, which little-loops conflicts with nothing
 * (PROTOCOLS.md, section 1.4). Absolute paths, sorted.
 */
export function pathsSuperset(scope: Scope): string[] {
  const places = new Set(
    scope.flatMap((entry) => (entry.kind === 'name' ? [] : [entry.kind === 'path' ? entry.path : entry.base])),
  );
  // Sorted by components, an ancestor comes directly before all that it covers.
  const sorted = [...places].sort((a, b) => (a.replaceAll('/', '\0') < b.replaceAll('/', '\0') ? -1 : 1));
  const kept: string[] = [];
  for (const place of sorted) {
    const last = kept.at(-1);
    if (last === undefined || !isAtOrBelow(last, place)) kept.push(place);
  }
  return kept;
}
