import type { Deadlock } from '../core/deadlock.ts';
import { fencingToken, type Lock } from '../core/lock.ts';
import type { Waiter } from '../core/waiter.ts';
import type { Wait } from '../core/waiting.ts';
import type { Conflict } from '../protocols/protocol.ts';

/** A lock as `--json` prints it (DESIGN 8): times are ISO 8601 UTC, unknown keys are absent. */
export function lockJson(lock: Lock): object {
  const { fingerprint, acquiredAt, renewedAt, expiresAt, ...rest } = lock;
  return {
    ...rest,
    token: fencingToken(lock),
    acquiredAt: isoTime(acquiredAt),
    renewedAt: isoTime(renewedAt),
    expiresAt: isoTime(expiresAt),
  };
}

/** A waiter, and where it is known, the ids of the locks and waiters that it waits for. */
export function waiterJson(waiter: Waiter, wait?: Wait): object {
  const { lineage, since, ...rest } = waiter;
  return {
    ...rest,
    since: isoTime(since),
    waitsFor: (wait?.locks ?? []).map(({ id }) => id),
    behind: (wait?.behind ?? []).map(({ id }) => id),
  };
}

export function deadlockJson({ members }: Deadlock): object {
  return {
    members: members.map(({ waiter, lock, behind }) => ({
      waiter: waiter.id,
      holder: waiter.holder.name,
      waitsFor: (lock ?? behind).id,
    })),
  };
}

/** Why a request was refused: `waiter` is the nearest of those that have to be let go first. */
export function conflictJson({ locks, waiters, deadlock, timedOut }: Conflict): object {
  const nearest = waiters.at(-1);
  return {
    locks: locks.map(lockJson),
    ...(nearest ? { waiter: waiterJson(nearest) } : {}),
    ...(deadlock ? { deadlock: deadlockJson(deadlock) } : {}),
    timedOut,
  };
}

export function isoTime(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : new Date(epochMs).toISOString();
}
