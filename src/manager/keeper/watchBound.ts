import * as system from 'node:os';
import type { Os } from '../../os/os.ts';
import type { Bound } from './messages.ts';

/** How often a bound process is looked for: a kill(2) and a read of /proc, 20 µs. */
const lookMs = 500;

/** Calls `onEnd` once the bound process has gone, or the time is over, whichever comes first. */
export function watchBound(os: Os, bound: Extract<Bound, { kind: 'process-or-time' }>, onEnd: () => void): void {
  // os.uptime() goes on while the machine sleeps and does not move when somebody sets the clock.
  const endsAtUptimeS = bound.ttlMs === undefined ? Number.POSITIVE_INFINITY : system.uptime() + bound.ttlMs / 1_000;
  const look = async (): Promise<void> => {
    const over = system.uptime() >= endsAtUptimeS || (bound.process !== undefined && (await isGone(os, bound.process)));
    if (over) onEnd();
    else schedule();
  };
  const schedule = (): void => {
    const remainingMs = Math.max(0, (endsAtUptimeS - system.uptime()) * 1_000);
    setTimeout(() => void look(), Math.min(lookMs, remainingMs));
  };
  schedule();
}

async function isGone(
  os: Os,
  { pid, startTime }: { readonly pid: number; readonly startTime?: string },
): Promise<boolean> {
  const now = await os.process(pid);
  if (now?.state !== 'running') return true;
  return startTime !== undefined && now.startTime !== undefined && startTime !== now.startTime;
}
