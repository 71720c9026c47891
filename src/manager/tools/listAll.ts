import type { Lock } from '../../core/lock.ts';
import type { LockError } from '../../core/errors.ts';
import { fold, type Here } from '../../core/projections.ts';
import type { Listing } from '../../protocols/protocol.ts';
import type { ToolSet } from './toolSet.ts';

/** Everybody's locks, each once. */
export async function listAll(
  listOurs: () => Promise<Listing>,
  tools: ToolSet,
  { isForAll, here: place }: { readonly isForAll: boolean; readonly here: Here },
): Promise<Listing & { readonly problems: readonly LockError[] }> {
  // In this order, so that what stands for a lock that is found nowhere has no owner (`fold`).
  const { present, locks: theirs, waiters: inLine, problems } = await tools.list();
  const { locks, waiters } = await listOurs();
  const here = present
    .filter(({ can, line }) => can.acquire === true && (isForAll || line !== undefined))
    .map((tool) => ({ protocol: tool.id, concerns: (scope: Lock['scope']) => tool.concerns(scope) }));
  const known = new Set(waiters.map(({ id }) => id));
  const others = inLine.filter(({ id }) => !known.has(id));
  return { locks: fold(locks, theirs, here, place), waiters: [...waiters, ...others], problems };
}
