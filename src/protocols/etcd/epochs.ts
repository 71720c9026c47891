/**
 * What keeps two acquires apart that did not see each other (DEPENDENCIES 5). Every acquire bumps an epoch for each
 * top-level folder or name that it asks for, and is granted only if none of those has been bumped since it looked; so
 * two that may overlap cannot both be granted by what they saw before the other, and those in different folders do not
 * hinder each other.
 *
 * A scope that may be anywhere compares all epochs and bumps only `*`; and every other compares `*` besides its own.
 * Without that the two would miss each other: one creates an epoch that the other's list did not have.
 */
import { foldText } from '../../core/scope/foldCase.ts';
import type { RelativeEntry } from './relativeScope.ts';

/** Bumped by whoever asks for what may be anywhere, compared by everybody. */
export const everywhere = '*';

export type Epochs = { readonly kind: 'all' } | { readonly kind: 'some'; readonly names: readonly string[] };

/** etcd allows 128 comparisons, and as many changes, in one transaction by default; an acquire needs a few besides. */
const mostNames = 100;

export function epochsOf(scope: readonly RelativeEntry[]): Epochs {
  const names = new Set<string>();
  for (const entry of scope) {
    const name = epochOf(entry);
    if (name === undefined) return { kind: 'all' };
    names.add(name);
  }
  return names.size > mostNames ? { kind: 'all' } : { kind: 'some', names: [...names].sort() };
}

function epochOf(entry: RelativeEntry): string | undefined {
  if ('name' in entry) return `name:${entry.name}`;
  const [first = ''] = ('path' in entry ? entry.path : entry.base).split('/');
  // Some machine may fold case: coarser is always right.
  return first === '' ? undefined : `path:${foldText(first)}`;
}
