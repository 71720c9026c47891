/** Waiters that wait for each other in a circle, so that none of them ever gets on by itself. */
import type { Lock } from './lock.ts';
import type { Waiter } from './waiter.ts';
import { keepsBack, type Wait } from './waiting.ts';

/** One step of the circle: the waiter, and the lock, or the waiter ahead in the queue, that it waits for. */
export type DeadlockMember =
  | { readonly waiter: Waiter; readonly lock: Lock; readonly behind?: undefined }
  | { readonly waiter: Waiter; readonly behind: Waiter; readonly lock?: undefined };

/** Each member waits for a lock that cannot be given back before the next one gets on; the last for the first. */
export interface Deadlock {
  readonly members: readonly DeadlockMember[];
}

/** Every circle of the wait-for graph once, each waiter in one of them at most. */
export function findDeadlocks(waits: readonly Wait[]): readonly Deadlock[] {
  const deadlocks: Deadlock[] = [];
  const done = new Set<Waiter>();
  for (const wait of waits) {
    if (done.has(wait.waiter)) continue;
    const circle = findCircle(wait, waits, done);
    if (circle) deadlocks.push({ members: circle });
    for (const { waiter } of circle ?? []) done.add(waiter);
    done.add(wait.waiter);
  }
  return deadlocks;
}

/** The circle that a waiter is in, if any. */
export function deadlockOf(waiter: Waiter, waits: readonly Wait[]): Deadlock | undefined {
  const wait = waits.find((each) => each.waiter.id === waiter.id);
  const circle = wait && findCircle(wait, waits, new Set());
  return circle && { members: circle };
}

interface Path {
  readonly wait: Wait;
  readonly steps: readonly DeadlockMember[];
}

/** Breadth first, so that the shortest circle is shown. */
function findCircle(
  start: Wait,
  waits: readonly Wait[],
  ignored: ReadonlySet<Waiter>,
): readonly DeadlockMember[] | undefined {
  const seen = new Set<Waiter>();
  const open: Path[] = [{ wait: start, steps: [] }];
  for (let path = open.shift(); path; path = open.shift()) {
    for (const { step, next } of stepsFrom(path.wait, waits)) {
      const steps = [...path.steps, step];
      if (next === start) return steps;
      if (seen.has(next.waiter) || ignored.has(next.waiter)) continue;
      seen.add(next.waiter);
      open.push({ wait: next, steps });
    }
  }
  return undefined;
}

function stepsFrom(wait: Wait, waits: readonly Wait[]): readonly { step: DeadlockMember; next: Wait }[] {
  const { waiter, locks, behind } = wait;
  return [
    ...locks.flatMap((lock) =>
      waits
        // Jobs side by side may wait for each other within one session: that is no circle.
        .filter((other) => keepsBack(other.waiter, lock) && !keepsBack(waiter, lock))
        .map((next) => ({ step: { waiter, lock }, next })),
    ),
    ...behind.flatMap((earlier) =>
      waits.filter((other) => other.waiter === earlier).map((next) => ({ step: { waiter, behind: earlier }, next })),
    ),
  ];
}
