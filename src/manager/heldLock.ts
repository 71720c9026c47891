import { Emitter } from '../core/emitter.ts';
import { LockError } from '../core/errors.ts';
import type { LockId, Mode, Token } from '../core/lock.ts';
import type { Scope } from '../core/scope/entry.ts';
import type { LoopsProtocol } from '../protocols/loops/loops.ts';
import type { Held, LossCause } from '../protocols/protocol.ts';
import { startExpiry } from './expiry.ts';
import { LostError } from './lostError.ts';
import type { Beside } from './tools/beside.ts';
import { checkedTtl } from './times.ts';

/** A lock that this process holds. Dispose of it, or release it; the process's death frees it too. */
export class HeldLock implements AsyncDisposable {
  readonly #protocol: LoopsProtocol;
  readonly #beside: Beside | undefined;
  readonly #lost = new AbortController();
  readonly #ttlMs: number | undefined;
  #expiry: { readonly dispose: () => void } | undefined;
  #held: Held;
  #token: Token;
  #state: 'held' | 'releasing' | 'released' | 'lost' = 'held';
  readonly #ended = new Emitter<void>();
  #release: Promise<void> | undefined;
  /** A TTL that somebody has asked for, until it is granted. */
  #asked: number | undefined;
  /** A renewal under way, and how to stop it: release must not wait for a gate. */
  #renewing: { readonly done: Promise<unknown>; readonly abort: AbortController } | undefined;

  /**
   * @internal
   * @param beside what is held in other tools' files together with it
   */
  constructor(protocol: LoopsProtocol, held: Held, beside: Beside | undefined, ttlMs: number | undefined) {
    this.#protocol = protocol;
    this.#held = held;
    this.#beside = beside;
    this.#token = beside?.token ?? held.token;
    this.#ttlMs = ttlMs;
    this.#expireAfter(ttlMs);
  }

  get id(): LockId {
    return this.#held.id;
  }

  /** Grows with every lock of the store, or of the cluster where there is one; give it to the resource that you write to. */
  get token(): Token {
    return this.#token;
  }

  get scope(): Scope {
    return this.#held.scope;
  }

  get mode(): Mode {
    return this.#held.mode;
  }

  /** Absolute path of the record. */
  get file(): string {
    return this.#held.file;
  }

  /** Epoch ms; undefined for a lock without a TTL. */
  get expiresAt(): number | undefined {
    return this.#held.expiresAt;
  }

  /**
   * Aborted, with a `LostError` as its reason, once somebody else has removed the lock, here or in another tool's files, or
   * its TTL is over. Stop writing then, and release. Pass it on to whatever writes: `fetch`, `spawn`, a worker.
   */
  get lost(): AbortSignal {
    // Who was stopped for long and writes on has had no time for a timer; the clocks say it at once.
    this.#lookAtClocks();
    return this.#lost.signal;
  }

  /** Besides the hold: what a child has to inherit so that other tools, too, see the lock for as long as it lives. */
  get descriptors(): readonly number[] {
    return this.#beside?.descriptors ?? [];
  }

  /** Runs once, after release or loss. */
  onDidEnd(listener: () => void): void {
    this.#ended.subscribe(listener);
  }

  /** A new TTL from now on; false where the lock has been lost. */
  async renew(ttlMs: number | undefined = this.#ttlMs): Promise<boolean> {
    if (ttlMs !== undefined) checkedTtl(ttlMs);
    // One after the other: each publishes a new record, which the next must start from. A loop, because several callers
    // may have waited for the same renewal, and a release may have come between.
    while (this.#renewing) await this.#renewing.done;
    if (this.#state !== 'held') return false;
    const abort = new AbortController();
    const renewal = this.#protocol.renew(this.#held, ttlMs, abort.signal);
    this.#renewing = { done: renewal.catch(() => undefined), abort };
    try {
      const outcome = await renewal;
      if (outcome.kind === 'renewed') {
        this.#held = outcome.held;
        this.#expireAfter(ttlMs);
        await this.#beside?.extend(ttlMs).catch(() => undefined);
      } else {
        this.#end('lost', outcome.cause);
      }
      return outcome.kind === 'renewed' && !this.lost.aborted; // its time may have run out while it waited for the gate
    } finally {
      this.#renewing = undefined;
    }
  }

  /** Gives the lock back; twice is fine, and a lost lock needs nothing. */
  release(): Promise<void> {
    // Whoever calls meanwhile waits for the same release, so that nobody gives up the hold of a record that is there.
    this.#release ??= this.#giveBack().finally(() => (this.#release = undefined));
    return this.#release;
  }

  async #giveBack(): Promise<void> {
    if (this.#state !== 'held') return;
    this.#state = 'releasing';
    // A renewal that waits for the gate gives up; one that is inside finishes first and hands us the new name.
    this.#renewing?.abort.abort();
    await this.#renewing?.done;
    if (this.#isOver()) return; // the renewal found it gone
    try {
      // First what stands for it elsewhere: what is found there without its lock was left by the dead.
      await this.#beside?.release();
      await this.#protocol.release(this.#held);
    } catch (error) {
      this.#state = 'held'; // still ours, and still watched
      throw error;
    }
    this.#end(this.lost.aborted ? 'lost' : 'released');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /**
   * Looks whether the record is still there, and tells `lost` if not; and renews where somebody has asked for it.
   * @internal
   */
  async check(): Promise<void> {
    this.#lookAtClocks(); // also during a renewal, which may wait long for a cluster that does not answer
    if (this.#isBusy()) return;
    await this.#checkLoss();
    if (this.#isBusy()) return;
    await this.#checkLossElsewhere();
    this.#asked = (await this.#protocol.takeRequest(this.#held)) ?? this.#asked;
    if (this.#asked === undefined) return;
    await this.renew(this.#asked); // where the gate is busy, the next look tries again
    this.#asked = undefined;
  }

  /**
   * Another tool lets others in now, so the holder has to stop. Our own record stays until it does and releases: whoever
   * keeps to that is still kept out.
   */
  async #checkLossElsewhere(): Promise<void> {
    if (this.lost.aborted) return;
    await this.#beside?.complete();
    const cause = await this.#beside?.loss();
    this.#token = this.#beside?.token ?? this.#token; // taken over, it comes later
    if (!cause || this.#isBusy()) return;
    this.#loseElsewhere(cause);
  }

  #lookAtClocks(): void {
    const cause = this.#state === 'held' && !this.#lost.signal.aborted ? this.#beside?.lossNow() : undefined;
    if (cause) this.#loseElsewhere(cause);
  }

  #loseElsewhere(cause: LossCause): void {
    this.#lost.abort(new LostError(cause));
    this.#protocol.noteLoss(this.#held, cause).catch(() => undefined); // the journal only reports; the loss is told
  }

  async #checkLoss(): Promise<void> {
    const looked = this.#held;
    const cause = await this.#protocol.lossOf(looked);
    // Meanwhile we may have renewed, so that the record that we looked for is gone for a good reason.
    if (cause && this.#held === looked && !this.#isBusy()) this.#end('lost', cause);
  }

  /** Expiry alone frees nothing (DESIGN 6.1): the holder itself, while it runs, stops writing and then gives the lock back. */
  #expireAfter(ttlMs: number | undefined): void {
    this.#expiry?.dispose();
    this.#expiry =
      ttlMs === undefined
        ? undefined
        : startExpiry(ttlMs, () => {
            if (this.#state !== 'held') return;
            this.#lost.abort(new LostError({ kind: 'expired' }));
            // If the record cannot be deleted it stays until this process ends; the loss has been told all the same.
            this.release().catch(() => undefined);
          });
  }

  #isOver(): boolean {
    return this.#state === 'lost' || this.#state === 'released';
  }

  #isBusy(): boolean {
    return this.#state !== 'held' || this.#renewing !== undefined;
  }

  #end(state: 'released' | 'lost', cause?: LossCause): void {
    this.#state = state;
    this.#expiry?.dispose();
    if (cause) {
      this.#lost.abort(new LostError(cause));
      this.#protocol.noteLoss(this.#held, cause).catch(() => undefined); // the journal only reports; the loss is told
      // What stays elsewhere was left by the dead, to all others; they clear it away.
      const isTakenOver = cause.kind === 'removed' && cause.event === 'transferred';
      (isTakenOver ? this.#beside?.abandon() : this.#beside?.release())?.catch(() => undefined);
    }
    this.#ended.fire();
  }
}

/** The cause behind an aborted `lost` signal. */
export function lossCauseOf(signal: AbortSignal): LossCause {
  const reason: unknown = signal.reason;
  if (reason instanceof LostError) return reason.cause;
  throw new LockError('internal', 'This signal does not come from a held lock.', 'Pass held.lost.');
}
