import { covers } from '../core/scope/covers.ts';
import type { Scope, ScopeEntry } from '../core/scope/entry.ts';
import type { CaseRule } from '../core/scope/foldCase.ts';
import { overlaps } from '../core/scope/overlap.ts';
import type { Steps } from '../os/os.ts';
import { kindAt } from './kindAt.ts';

/**
 * Whether two scopes of different tools have a file in common that there could be now: a path that is a file has nothing
 * below it. Without this, one agent's `*.py`, whose star crosses slashes, would be in the way of every file of a folder.
 * Among our own locks the gate decides by the scopes alone, so that nobody's answer hangs on what is on the disk.
 */
export function* scopesMeet(left: Scope, right: Scope, rule: CaseRule): Steps<boolean> {
  for (const a of left) for (const b of right) if (yield* entriesMeet(a, b, rule)) return true;
  return false;
}

function* entriesMeet(a: ScopeEntry, b: ScopeEntry, rule: CaseRule): Steps<boolean> {
  if (!overlaps(a, b, rule)) return false; // what has nothing in common whatever there is
  if (a.kind === 'path' && (yield* kindAt(a.path)) === 'file') return covers(b, a.path, rule);
  if (b.kind === 'path' && (yield* kindAt(b.path)) === 'file') return covers(a, b.path, rule);
  return true;
}
