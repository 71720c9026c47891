/**
 * Scopes as a cluster knows them: relative to the root, so that clones in different places mean the same files
 * (DESIGN 9). What lies outside the root means nothing to another machine and is left out.
 */
import { globEntry, nameEntry, pathEntry, type Scope, type ScopeEntry } from '../../core/scope/entry.ts';

/** The root itself is the empty path. */
export type RelativeEntry =
  { readonly path: string } | { readonly base: string; readonly pattern: string } | { readonly name: string };

export function relativeScope(scope: Scope, root: string): readonly RelativeEntry[] {
  return scope.flatMap((entry): RelativeEntry[] => {
    switch (entry.kind) {
      case 'name':
        return [{ name: entry.name }];
      case 'path': {
        const path = relativePath(entry.path, root);
        return path === undefined ? [] : [{ path }];
      }
      case 'glob': {
        const base = relativePath(entry.base, root);
        if (base === undefined) return [];
        // From above the root a pattern may mean anything in it.
        return [isInside(entry.base, root) ? { base, pattern: entry.pattern } : { path: '' }];
      }
    }
  });
}

/** @throws ScopeError for what no scope can have; records come from others */
export function absoluteScope(entries: readonly RelativeEntry[], root: string): Scope {
  return entries.map((entry): ScopeEntry => {
    if ('name' in entry) return nameEntry(entry.name);
    return 'path' in entry ? pathEntry(joined(root, entry.path)) : globEntry(joined(root, entry.base), entry.pattern);
  });
}

/** Where a path above the root covers all of it; undefined outside. */
function relativePath(path: string, root: string): string | undefined {
  if (isInside(path, root)) return path.slice(root === '/' ? 1 : root.length + 1);
  return isInside(root, path) ? '' : undefined;
}

function isInside(path: string, folder: string): boolean {
  return path === folder || folder === '/' || path.startsWith(`${folder}/`);
}

function joined(root: string, path: string): string {
  if (path === '') return root;
  return root === '/' ? `/${path}` : `${root}/${path}`;
}
