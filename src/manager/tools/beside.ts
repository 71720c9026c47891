/** What is held in other tools' files beside one lock of ours, so that they obey it too (DESIGN 7). */
import type { Lock, Token } from '../../core/lock.ts';
import type { AcquireRequest, Conflict, HeldElsewhere, LossCause, ToolProtocol } from '../../protocols/protocol.ts';

/** Well under a third of the shortest time after which claude-swarm's records are over, 60 s (PROTOCOLS 2.3). */
const refreshMs = 15_000;

/** The process from which a lock was taken over lets go within a second of it, unless it is stopped. */
const completionMs = 5_000;
const betweenTriesMs = 100;

interface Part {
  readonly protocol: ToolProtocol;
  /** Undefined: not yet, or not any more. */
  held: HeldElsewhere | undefined;
  /** Somebody else got it before us, however short a time he has it. */
  isTaken: boolean;
}

export class Beside {
  readonly #parts: readonly Part[];
  readonly #request: AcquireRequest;
  readonly #formerPid: number | undefined;
  readonly #since = performance.now();
  /** Parts that the process from which the lock was taken over may still have. */
  #isComplete: boolean;
  /** One try at a time, and not at every change: a try is itself a change in a folder that somebody watches. */
  #completing: Promise<void> | undefined;
  #lastTry = Number.NEGATIVE_INFINITY;
  #isOver = false;
  readonly #refreshing: NodeJS.Timeout | undefined;

  private constructor(parts: readonly Part[], request: AcquireRequest, formerPid?: number) {
    this.#parts = parts;
    this.#formerPid = formerPid;
    this.#request = request;
    this.#isComplete = parts.every(({ held }) => held !== undefined);
    if (parts.length === 0) return;
    // One that fails is made up for by the next; if none gets through in time, the loss is seen and told.
    this.#refreshing = setInterval(() => void this.#refresh().catch(() => undefined), refreshMs);
    this.#refreshing.unref();
  }

  /** All, one tool after the other, or none and who is in the way. */
  static async take(protocols: readonly ToolProtocol[], request: AcquireRequest): Promise<Beside | Conflict> {
    const parts: Part[] = [];
    try {
      for (const protocol of concerned(protocols, request)) {
        const outcome = await protocol.acquire(request, new AbortController().signal);
        if (outcome.kind === 'conflict') {
          await giveBack(parts);
          return outcome;
        }
        parts.push({ protocol, held: outcome.held, isTaken: false });
      }
    } catch (error) {
      await giveBack(parts);
      throw error;
    }
    return new Beside(parts, request);
  }

  /**
   * For a lock that was taken over: what its earlier process still has comes later, by `complete`. Never rejects.
   * @param formerPid that process, in our own numbers
   */
  static async takeOver(
    protocols: readonly ToolProtocol[],
    request: AcquireRequest,
    formerPid: number | undefined,
  ): Promise<Beside> {
    const parts = concerned(protocols, request).map((protocol): Part => ({
      protocol,
      held: undefined,
      isTaken: false,
    }));
    const beside = new Beside(parts, request, formerPid);
    await beside.complete();
    return beside;
  }

  /**
   * Tries again, now and then, what was not to be had when the lock was taken over. Never rejects: the lock is ours already,
   * and what cannot be had in time, for whatever reason, is told by `loss`.
   */
  async complete(): Promise<void> {
    if (this.#isComplete || performance.now() - this.#lastTry < betweenTriesMs) return;
    this.#lastTry = performance.now();
    this.#completing ??= this.#tryToComplete().finally(() => (this.#completing = undefined));
    await this.#completing;
  }

  async #tryToComplete(): Promise<void> {
    for (const part of this.#parts) {
      if (!part.held && !part.isTaken) await this.#tryToTake(part).catch(() => undefined);
    }
    this.#isComplete = this.#parts.every(({ held }) => held !== undefined);
  }

  async #tryToTake(part: Part): Promise<void> {
    const outcome = await part.protocol.acquire(this.#request, new AbortController().signal);
    if (outcome.kind === 'conflict') {
      part.isTaken = outcome.locks.some((lock) => this.#isOfAnother(lock));
      return;
    }
    // A release may have come while this waited.
    if (this.#isOver) await part.protocol.release(outcome.held);
    else part.held = outcome.held;
  }

  /** Where a record names no process, what was ours has been taken over as it is: whoever lives there is another. */
  #isOfAnother({ protocol, holder, verdict }: Lock): boolean {
    if (protocol === 'claude-swarm') return verdict === 'live';
    return this.#formerPid !== undefined && holder.pid !== undefined && holder.pid !== this.#formerPid;
  }

  /** Why one of them is gone, or was never to be had; undefined while all is well. */
  async loss(): Promise<LossCause | undefined> {
    const isLate = performance.now() - this.#since > completionMs;
    for (const { protocol, held, isTaken } of this.#parts) {
      if (!held && (isTaken || isLate) && !this.#isOver) return { kind: 'lost-elsewhere', protocol: protocol.id };
      const cause = held && (await protocol.lossOf(held));
      if (cause) return cause;
    }
    return undefined;
  }

  /** Of a cluster, where it stands in one. */
  get token(): Token | undefined {
    return this.#parts.find(({ held }) => held?.token !== undefined)?.held?.token;
  }

  /** What our own clocks say, now, also where no timer has run. */
  lossNow(): LossCause | undefined {
    for (const { protocol, held } of this.#parts) {
      const cause = held && protocol.lossNow?.(held);
      if (cause) return cause;
    }
    return undefined;
  }

  /** Our own record says a new TTL; where others read it, too. What fails here is only shown wrongly. */
  async extend(ttlMs: number | undefined): Promise<void> {
    for (const part of this.#parts) {
      const { protocol, held } = part;
      if (!held || protocol.line === undefined) continue;
      const outcome = await protocol.renew(held, ttlMs);
      if (outcome.kind === 'renewed' && part.held === held) part.held = outcome.held;
    }
  }

  /** For a child that shall keep what the kernel keeps for us, should we be killed. */
  get descriptors(): readonly number[] {
    return this.#parts.flatMap(({ protocol, held }) => (held ? (protocol.descriptors?.(held) ?? []) : []));
  }

  /** Twice is fine. */
  async release(): Promise<void> {
    this.#end();
    await giveBack(this.#parts);
  }

  /** Another process has taken the lock over, and with it what can be: only what cannot be shared is given back. */
  async abandon(): Promise<void> {
    this.#end();
    for (const part of this.#parts) {
      const { held } = part;
      part.held = undefined;
      if (held) await part.protocol.abandon(held);
    }
  }

  #end(): void {
    this.#isOver = true;
    this.#isComplete = true;
    clearInterval(this.#refreshing);
  }

  async #refresh(): Promise<void> {
    for (const part of this.#parts) {
      const outcome = part.held && (await part.protocol.renew(part.held, undefined));
      // One that is lost stays here, for `loss` to find and the holder to be told.
      if (outcome?.kind === 'renewed' && part.held) part.held = outcome.held;
    }
  }
}

function concerned(protocols: readonly ToolProtocol[], { scope }: AcquireRequest): readonly ToolProtocol[] {
  return protocols.filter((protocol) => protocol.can.acquire === true && protocol.concerns(scope));
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
