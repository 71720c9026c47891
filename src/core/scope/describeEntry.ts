import { escapeForDisplay } from '../display.ts';
import type { ScopeEntry } from './entry.ts';
import { joinBelow, relativeTo } from './pathTree.ts';

/** Displayed characters of one entry; the rest becomes an ellipsis. */
const MAX_ENTRY_CHARS = 200;

/**
 * Short text for screens: relative to the root where it lies inside (`.` for the root itself), else absolute; a name as
 * `name:…`. Escaped, so not a path to open.
 */
export function describeEntry(entry: ScopeEntry, root: string): string {
  return escapeForDisplay(plainText(entry, root), MAX_ENTRY_CHARS);
}

function plainText(entry: ScopeEntry, root: string): string {
  switch (entry.kind) {
    case 'name':
      return `name:${entry.name}`;
    case 'path':
      return fromRoot(entry.path, root) || '.';
    case 'glob': {
      const base = fromRoot(entry.base, root);
      return base === '' ? entry.pattern : joinBelow(base, entry.pattern);
    }
  }
}

function fromRoot(path: string, root: string): string {
  return relativeTo(root, path) ?? path;
}
