/** What is held in other tools' files beside one lock of ours, so that they obey it too (DESIGN 7). */
import type { AcquireRequest, Conflict, HeldElsewhere, LossCause, ToolProtocol } from '../../protocols/protocol.ts';

/** Well under a third of the shortest time after which claude-swarm's records are over, 60 s (PROTOCOLS 2.3). */
const refreshMs = 15_000;

interface Part {
  readonly protocol: ToolProtocol;
  held: HeldElsewhere | undefined;
}

export class Beside {
  readonly #parts: readonly Part[];
  readonly #refreshing: NodeJS.Timeout | undefined;

  private constructor(parts: readonly Part[]) {
    this.#parts = parts;
    if (parts.length === 0) return;
    // One that fails is made up for by the next; if none gets through in time, the loss is seen and told.
    this.#refreshing = setInterval(() => void this.#refresh().catch(() => undefined), refreshMs);
    this.#refreshing.unref();
  }

  /** All, one tool after the other, or none and who is in the way. */
  static async take(protocols: readonly ToolProtocol[], request: AcquireRequest): Promise<Beside | Conflict> {
    const parts: Part[] = [];
    try {
      for (const protocol of protocols) {
        if (protocol.can.acquire !== true || !protocol.concerns(request.scope)) continue;
        const outcome = await protocol.acquire(request, new AbortController().signal);
        if (outcome.kind === 'conflict') {
          await giveBack(parts);
          return outcome;
        }
        parts.push({ protocol, held: outcome.held });
      }
    } catch (error) {
      await giveBack(parts);
      throw error;
    }
    return new Beside(parts);
  }

  /** Why one of them is gone; undefined while all are there. */
  async loss(): Promise<LossCause | undefined> {
    for (const { protocol, held } of this.#parts) {
      const cause = held && (await protocol.lossOf(held));
      if (cause) return cause;
    }
    return undefined;
  }

  /** Twice is fine. */
  async release(): Promise<void> {
    clearInterval(this.#refreshing);
    await giveBack(this.#parts);
  }

  async #refresh(): Promise<void> {
    for (const part of this.#parts) {
      const outcome = part.held && (await part.protocol.renew(part.held, undefined));
      // One that is lost stays here, for `loss` to find and the holder to be told.
      if (outcome?.kind === 'renewed') part.held = outcome.held;
    }
  }
}

/** Last taken, first given back. One that fails keeps none of the others. */
async function giveBack(parts: readonly Part[]): Promise<void> {
  const outcomes = await Promise.allSettled(
    [...parts].reverse().map(async (part) => {
      const { held } = part;
      part.held = undefined;
      if (held) await part.protocol.release(held);
    }),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}
