import { blocks, type Lock } from '../core/lock.ts';
import type { NodeOs } from '../os/node.ts';

/** Death makes no file event, so living holders are asked for now and then: one kill(2) each, 1 µs. */
const pulseMs = 500;

/** Verdicts also change by what no pid shows (a recycled pid, a released hold); all are judged anew now and then. */
const pulsesPerRefresh = 10;

/** Calls `onDeath` within half a second after the recorded process of a living lock has gone. */
export class LivenessPulse {
  readonly #timer: NodeJS.Timeout;
  readonly #locks: () => readonly Lock[];
  #looked: readonly Lock[] = [];
  #standing: Standing = { isBlocking: false, pids: [] };

  constructor(os: NodeOs, locks: () => readonly Lock[], onDeath: () => void) {
    this.#locks = locks;
    let pulses = 0;
    const pulse = (): void => {
      pulses++;
      const { isBlocking, pids } = this.#standingNow();
      if (!isBlocking) return;
      if (pulses % pulsesPerRefresh === 0 || pids.some((pid) => os.isGone(pid))) onDeath();
    };
    this.#timer = setInterval(pulse, pulseMs);
    this.#timer.unref();
  }

  dispose(): void {
    clearInterval(this.#timer);
  }

  /** A list of locks is never changed, only replaced: between two readings there is nothing to work out. */
  #standingNow(): Standing {
    const locks = this.#locks();
    if (locks !== this.#looked) {
      this.#looked = locks;
      this.#standing = standingOf(locks);
    }
    return this.#standing;
  }
}

/** What of a list of locks has to be asked for. */
interface Standing {
  /** Whether any lock stands in somebody's way. */
  readonly isBlocking: boolean;
  /** The processes of all living locks, each once: an agent may hold thousands. */
  readonly pids: readonly number[];
}

function standingOf(locks: readonly Lock[]): Standing {
  const pids = new Set(locks.flatMap((lock) => pidThatCounts(lock) ?? []));
  return { isBlocking: locks.some(blocks), pids: [...pids] };
}

/** Not a cluster's, which may be another machine's; the verdict itself is worked out by the protocol afterwards. */
function pidThatCounts({ holder, verdict, protocol }: Lock): number | undefined {
  return verdict === 'live' && protocol !== 'etcd' ? holder.pid : undefined;
}
