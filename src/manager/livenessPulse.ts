import { blocks, type Lock } from '../core/lock.ts';
import type { NodeOs } from '../os/node.ts';

/** Death makes no file event, so living holders are asked for now and then: one kill(2) each, 1 µs. */
const pulseMs = 500;

/** Verdicts also change by what no pid shows (a recycled pid, a released hold); all are judged anew now and then. */
const pulsesPerRefresh = 10;

/** Calls `onDeath` within half a second after the recorded process of a living lock has gone. */
export class LivenessPulse {
  readonly #timer: NodeJS.Timeout;

  constructor(os: NodeOs, locks: () => readonly Lock[], onDeath: () => void) {
    let pulses = 0;
    const pulse = (): void => {
      pulses++;
      const alive = locks().filter(blocks);
      if (alive.length === 0) return;
      if (pulses % pulsesPerRefresh === 0 || alive.some((lock) => hasDied(os, lock))) onDeath();
    };
    this.#timer = setInterval(pulse, pulseMs);
    this.#timer.unref();
  }

  dispose(): void {
    clearInterval(this.#timer);
  }
}

/** Only for locks whose pid counts here, unlike a cluster's; the verdict itself is worked out by the protocol afterwards. */
function hasDied(os: NodeOs, { holder, verdict, protocol }: Lock): boolean {
  return verdict === 'live' && protocol !== 'etcd' && holder.pid !== undefined && os.isGone(holder.pid);
}
