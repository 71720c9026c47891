/** What somebody else has locked by a path that leads through a symbolic link, he has locked where it leads to. */
import * as path from 'node:path';
import type { Scope, ScopeEntry } from '../core/scope/entry.ts';
import { sys, type Steps } from '../os/os.ts';

/** The scope, and each entry once more without links where it has any. A link that only a wildcard matches is not seen. */
export function* withRealPaths(scope: Scope): Steps<Scope> {
  const entries: ScopeEntry[] = [...scope];
  for (const entry of scope) {
    if (entry.kind === 'name') continue;
    const at = entry.kind === 'path' ? entry.path : entry.base;
    const real = yield* realPathOf(at);
    if (real === at) continue;
    entries.push(entry.kind === 'path' ? { ...entry, path: real } : { ...entry, base: real });
  }
  return entries;
}

/** Of the longest part that exists; the rest need not. */
function* realPathOf(text: string): Steps<string> {
  for (let existing = text; existing !== '/'; existing = path.dirname(existing)) {
    const real = yield* sys('realpath', existing);
    if (real !== undefined) return path.join(real, path.relative(existing, text));
  }
  return text;
}
