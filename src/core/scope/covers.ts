import { type Area, areasOf } from './area.ts';
import type { ScopeEntry } from './entry.ts';
import { type CaseRule, foldText } from './foldCase.ts';
import { relativeTo } from './pathTree.ts';

/** Whether an entry covers a canonical absolute path. A name covers none. */
export function covers(entry: ScopeEntry, path: string, rule: CaseRule): boolean {
  const folded = rule.fold ? foldText(path) : path;
  return areasOf(entry, rule).some((area) => areaCovers(area, folded));
}

/** `path` is folded as the area is. A literal path never goes through a matcher: `app/[id]` is a file name, too. */
export function areaCovers(area: Area, path: string): boolean {
  const relative = relativeTo(area.at, path);
  if (relative === undefined) return false;
  switch (area.kind) {
    case 'tree':
      return true;
    case 'spot':
      return relative === '';
    case 'pattern':
      return relative !== '' && area.matcher.test(relative);
  }
}
