import type { Os } from '../../os/os.ts';
import type { BoundProcess } from './messages.ts';

/** How often a bound process is looked for: a kill(2) and a read of /proc, 20 µs. */
const lookMs = 500;

/** Calls `onEnd` once the bound process has gone. */
export function watchBound(os: Os, bound: BoundProcess, onEnd: () => void): void {
  const look = async (): Promise<void> => {
    if (await isGone(os, bound)) onEnd();
    else setTimeout(() => void look(), lookMs);
  };
  void look();
}

async function isGone(os: Os, { pid, startTime }: BoundProcess): Promise<boolean> {
  const now = await os.process(pid);
  if (now?.state !== 'running') return true;
  return startTime !== undefined && now.startTime !== undefined && startTime !== now.startTime;
}
