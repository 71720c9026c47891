/** What a scope of ours covers in claude-swarm's words, never less (DESIGN 5). */
import { covers } from '../../core/scope/covers.ts';
import type { GlobEntry, PathEntry, Scope, ScopeEntry } from '../../core/scope/entry.ts';
import { escapeFnmatch } from '../../core/scope/fnmatch.ts';
import { isAtOrBelow, relativeTo } from '../../core/scope/pathTree.ts';
import type { Steps } from '../../os/os.ts';
import { kindAt } from '../kindAt.ts';

/** Relative to the place's root, normalised, sorted; empty where nothing of the scope lies there. */
export function* wordsFor(scope: Scope, root: string): Steps<readonly string[]> {
  const words = new Set<string>();
  for (const entry of scope) {
    for (const word of yield* wordsForEntry(entry, root)) {
      words.add(word);
      words.add(word.normalize('NFC')); // as its command line writes it; its Python API leaves it as it is
    }
  }
  return [...words].sort();
}

/** Whether anything of the entry lies below this root. */
export function meet(entry: PathEntry | GlobEntry, root: string): boolean {
  const at = entry.kind === 'path' ? entry.path : entry.base;
  return isAtOrBelow(at, root) || isAtOrBelow(root, at);
}

function* wordsForEntry(entry: ScopeEntry, root: string): Steps<readonly string[]> {
  if (entry.kind === 'name') return [];
  const at = entry.kind === 'path' ? entry.path : entry.base;
  if (isAtOrBelow(at, root)) return ['.', '*']; // all of the place
  const relative = relativeTo(root, at);
  if (relative === undefined) return [];
  const below = `${escapeFnmatch(relative)}/*`; // its `*` crosses slashes, so one level says it all
  // A glob covers what lies below its base; `**` covers the base too, which may be a file.
  if (entry.kind === 'glob') return covers(entry, at, { fold: false }) ? [relative, below] : [below];
  const isFile = (yield* kindAt(at)) === 'file'; // what is not there yet may become a directory
  return isFile ? [relative] : [relative, below];
}
