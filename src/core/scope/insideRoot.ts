import type { ScopeEntry } from './entry.ts';
import { type CaseRule, foldText } from './foldCase.ts';
import { isAtOrBelow } from './pathTree.ts';
import { ScopeError } from './scopeError.ts';

/**
 * Refuses a path or glob that reaches outside of the root (DESIGN.md, section 5). Names have no place and pass.
 * @throws ScopeError `outside-root`
 */
export function assertInsideRoot(entry: ScopeEntry, root: string, { fold }: CaseRule): void {
  if (entry.kind === 'name') return;
  const place = entry.kind === 'path' ? entry.path : entry.base;
  const inside = fold ? isAtOrBelow(foldText(root), foldText(place)) : isAtOrBelow(root, place);
  if (inside) return;
  throw new ScopeError(
    'outside-root',
    `${JSON.stringify(place)} lies outside of the root ${JSON.stringify(root)}.`,
    'Only what lies inside the root can be locked; choose another root.',
  );
}
