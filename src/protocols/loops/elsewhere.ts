/** Other tools, as a request to our store meets them (DESIGN 7). Asked outside the gate only: nobody waits in it for others. */
import type { Lock } from '../../core/lock.ts';
import type { Waiter } from '../../core/waiter.ts';
import type { Steps } from '../../os/os.ts';
import type { Disposable, Held } from '../protocol.ts';
import type { Look } from './look.ts';

export interface Elsewhere {
  /** Their locks that stop such a claim. */
  blockersOf(claim: Pick<Waiter, 'scope' | 'mode'>): Steps<readonly Lock[]>;
  /** Takes with them what stands for a lock that has just been published: all, or nothing and who is in the way. */
  take(held: Held): Steps<readonly Lock[]>;
  /** Calls back after something may have changed with them. */
  watch(onChange: () => void): Disposable;
}

/** They tell nobody when they let go, and not every change wakes a watcher. */
export const lookElsewhereMs = 1_000;

/** What was tried and given back has itself changed folders that are watched, here and with others who wait. */
export const betweenTriesMs = 100;

/** A workspace with no other tools. */
export const nowhere: Elsewhere = {
  *blockersOf() {
    return yield* nobody();
  },
  *take() {
    return yield* nobody();
  },
  watch: () => ({ dispose: () => undefined }),
};

function* nobody(): Steps<readonly Lock[]> {
  return [];
}

/**
 * What was seen in our store, with what others do to it: where nothing of ours stands in the way, something of theirs may;
 * and who waits for one of theirs could not go, although nothing of ours stops him, and is not passed over.
 */
export function* withElsewhere(view: Look, claim: Pick<Waiter, 'scope' | 'mode'>, elsewhere: Elsewhere): Steps<Look> {
  if (view.blocking.length + view.behind.length === 0) return { ...view, blocking: yield* elsewhere.blockersOf(claim) };
  const free: Waiter[] = [];
  for (const waiter of view.free) if ((yield* elsewhere.blockersOf(waiter)).length === 0) free.push(waiter);
  return { ...view, free };
}
