/** What a process costs while nothing happens, from the kernel's own books. */
import { readdirSync, readFileSync } from 'node:fs';

export interface IdleCost {
  /** Of one core. */
  readonly cpuPercent: number;
  /** How often its threads were woken, per second. */
  readonly wakeUpsPerSecond: number;
}

/** Until what it did before has ended, garbage collection and compilation too. */
const settleMs = 5_000;
/** How long a process is left alone. */
const idleMs = 20_000;

export async function idleCostOf(pid: number): Promise<IdleCost> {
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const before = booksOf(pid);
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  const after = booksOf(pid);
  const seconds = (after.atMs - before.atMs) / 1_000;
  return {
    cpuPercent: (after.cpuNs - before.cpuNs) / 1e7 / seconds,
    wakeUpsPerSecond: (after.switches - before.switches) / seconds,
  };
}

export function costText({ cpuPercent, wakeUpsPerSecond }: IdleCost): string {
  return `${cpuPercent.toFixed(3)} % of a core, ${wakeUpsPerSecond.toFixed(1)} wake-ups a second`;
}

interface Books {
  readonly atMs: number;
  readonly cpuNs: number;
  /** Times at which a thread had waited for something. */
  readonly switches: number;
}

/** `schedstat` counts nanoseconds, where `stat` has hundredths of a second. */
function booksOf(pid: number): Books {
  let cpuNs = 0;
  let switches = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const at = `/proc/${pid}/task/${thread}`;
    cpuNs += Number(readFileSync(`${at}/schedstat`, 'latin1').split(' ', 1)[0]);
    switches += Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readFileSync(`${at}/status`, 'latin1'))?.[1]);
  }
  return { atMs: performance.now(), cpuNs, switches };
}
