/** From a session's name to the lock file that agentwire keeps for it (PROTOCOLS 4.1). */
import { agentwirePrefix, resourceName } from '../../core/scope/resourceName.ts';
import type { NameEntry, Scope } from '../../core/scope/entry.ts';

export const suffix = '.lock';

/** A file's name has 255 bytes at most. */
const longestBytes = 255 - suffix.length;

/** The entry under which a session's lock stands in our words; its file's stem says as much of the name as there is. */
export function entryOf(stem: string): NameEntry {
  return { kind: 'name', name: agentwirePrefix + stem };
}

/** The stems of all sessions that a scope names, sorted, each once. */
export function stemsOf(scope: Scope): readonly string[] {
  const stems = new Set<string>();
  for (const entry of scope) {
    const stem = entry.kind === 'name' ? stemOf(entry.name) : undefined;
    if (stem !== undefined) stems.add(stem);
  }
  return [...stems].sort();
}

/** Undefined for what is no session here: `name@machine` is locked on that machine. */
function stemOf(name: string): string | undefined {
  if (!name.startsWith(agentwirePrefix)) return undefined;
  const stem = resourceName(name).slice(agentwirePrefix.length);
  const isFit = stem !== '' && !stem.includes('@') && new TextEncoder().encode(stem).length <= longestBytes;
  return isFit ? stem : undefined;
}
