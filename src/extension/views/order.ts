/** In which order locks stand in the tree. Pure. */
import type { Lock } from '../../core/lock.ts';
import type { PlacedLock } from '../lockedFolders.ts';
import type { Order } from './treeShape.ts';

/** What needs somebody first: unknown and malformed, then what lives, then what is only left over. */
const urgency: Readonly<Record<Lock['verdict'], number>> = { unknown: 0, malformed: 1, live: 2, stale: 3 };

type Compare = (a: Lock, b: Lock) => number;

export function inOrder(locks: readonly PlacedLock[], order: Order): readonly PlacedLock[] {
  const compare = comparisonOf(order);
  return [...locks].sort((a, b) => compare(a.lock, b.lock));
}

/** What compares equal is ordered by age and id, so that no two refreshes differ. */
function comparisonOf(order: Order): Compare {
  switch (order) {
    case 'urgency':
      return (a, b) => urgency[a.verdict] - urgency[b.verdict] || byAge(a, b);
    case 'oldest':
      return byAge;
    case 'newest':
      return (a, b) => byAge(b, a);
    case 'scope':
      return (a, b) => byText(scopeText(a), scopeText(b)) || byAge(a, b);
    case 'holder':
      return (a, b) => byText(a.holder.name, b.holder.name) || byAge(a, b);
  }
}

function byAge(a: Lock, b: Lock): number {
  return (a.acquiredAt ?? 0) - (b.acquiredAt ?? 0) || byText(a.id, b.id);
}

/** A locale's comparison takes 30 times as long, which ten thousand rows would show. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function scopeText({ scope: [first] }: Lock): string {
  switch (first?.kind) {
    case 'path':
      return first.path;
    case 'glob':
      return `${first.base}/${first.pattern}`;
    case 'name':
      return first.name; // after all paths, which begin with a slash
    case undefined:
      return '';
  }
}
