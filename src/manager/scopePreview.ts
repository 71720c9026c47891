/** What a lock would mean before it is taken: which files, who is in the way, and which tools would obey it. */
import type { Lock } from '../core/lock.ts';
import type { Scope } from '../core/scope/entry.ts';
import type { LockManager } from './lockManager.ts';
import { matchingFiles } from './matchingFiles.ts';

export interface ScopePreview {
  readonly scope: Scope;
  /** Files that it covers now, in the order of their names; absolute paths. */
  readonly files: readonly string[];
  /** False where there are more. */
  readonly complete: boolean;
  /** Others' locks that count and overlap it. */
  readonly blockers: readonly Lock[];
  /** Tools at work here that would see it, by name. */
  readonly obeyedBy: readonly string[];
}

export async function previewScope(manager: LockManager, scope: Scope, mostFiles: number): Promise<ScopePreview> {
  const files: string[] = [];
  let complete = true;
  for (const entry of scope) {
    if (entry.kind === 'name') continue;
    const found = await matchingFiles(entry, manager.caseRule, mostFiles - files.length);
    files.push(...found.files);
    complete &&= found.complete;
  }
  const blockers = (await manager.blockersOf(scope)).filter(({ mine }) => !mine);
  const present = await manager.tools.present();
  const tools = present.filter((tool) => tool.can.acquire === true && tool.concerns(scope));
  // little-loops reads the very store, but knows no names.
  const loops = scope.some(({ kind }) => kind !== 'name') ? ['little-loops'] : [];
  return { scope, files, complete, blockers, obeyedBy: [...loops, ...tools.map(({ id }) => id)] };
}
