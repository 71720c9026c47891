/**
 * A lease of this process. The cluster drops what was put under it once it has not heard of us for the TTL; we count
 * ourselves as having lost it before: as soon as any of our clocks has passed the TTL since we *sent* the last keepalive
 * that was answered (DEPENDENCIES 5). Once over it stays so, whatever the cluster says later.
 */
import { LockError } from '../../core/errors.ts';
import { Moment, type Clocks } from './clocks.ts';
import type { Gateway } from './gateway.ts';
import type { LeaseId } from './transaction.ts';

/** For timers that come late and clocks that go slow. */
const marginPart = 0.05;
const keepAlivesPerTtl = 3;
const shortestPauseMs = 200;
/** Timers stand still in suspend, and clocks are set. */
const longestLookMs = 1_000;

export class Lease {
  readonly id: LeaseId;
  readonly #gateway: Gateway;
  readonly #readable: string;
  readonly #clocks: Clocks;
  readonly #onOver: () => void;
  readonly #onContact: (lease: Lease) => void;
  #sent: Moment;
  #ttlMs: number;
  #isOver = false;
  #timers: { keepAlive: NodeJS.Timeout | undefined; look: NodeJS.Timeout | undefined } = {
    keepAlive: undefined,
    look: undefined,
  };

  private constructor(id: LeaseId, sent: Moment, ttlMs: number, options: LeaseOptions) {
    this.id = id;
    this.#gateway = options.gateway;
    this.#readable = options.readable;
    this.#clocks = options.clocks;
    this.#onOver = options.onOver;
    this.#onContact = options.onContact;
    this.#sent = sent;
    this.#ttlMs = ttlMs;
    this.#keepAliveAfter(ttlMs / keepAlivesPerTtl);
    this.#look();
  }

  /** @throws LockError `etcd-unreachable`, `etcd-refused` */
  static async grant(ttlS: number, options: LeaseOptions): Promise<Lease> {
    const sent = new Moment(options.clocks);
    const { lease, ttlMs } = await options.gateway.grantLease(ttlS);
    return new Lease(lease, sent, ttlMs, options);
  }

  /** By the clocks, now: also where no timer has run, because the process was stopped. */
  get isOver(): boolean {
    if (!this.#isOver && this.#leftMs <= 0) this.#end();
    return this.#isOver;
  }

  get ttlMs(): number {
    return this.#ttlMs;
  }

  /** Lets it run out. */
  stop(): void {
    clearTimeout(this.#timers.keepAlive);
    clearTimeout(this.#timers.look);
  }

  get #leftMs(): number {
    return this.#ttlMs * (1 - marginPart) - this.#sent.elapsedMs;
  }

  #look(): void {
    if (this.isOver) return;
    this.#timers.look = setTimeout(() => this.#look(), Math.min(longestLookMs, Math.max(1, this.#leftMs)));
    this.#timers.look.unref();
  }

  #keepAliveAfter(ms: number): void {
    if (this.isOver) return;
    this.#timers.keepAlive = setTimeout(() => void this.#keepAlive(), ms);
    this.#timers.keepAlive.unref();
  }

  async #keepAlive(): Promise<void> {
    const sent = new Moment(this.#clocks);
    try {
      const ttlMs = await this.#gateway.keepAlive(this.id, this.#readable);
      if (this.isOver) return;
      if (ttlMs <= 0) return this.#end(); // revoked, or run out
      this.#sent = sent;
      this.#ttlMs = ttlMs;
      this.#onContact(this);
      this.#keepAliveAfter(ttlMs / keepAlivesPerTtl);
    } catch (error) {
      if (!(error instanceof LockError)) throw error;
      // Told by whoever asks for something; if none gets through in time, the lease is over and its holders are told.
      this.#keepAliveAfter(Math.max(shortestPauseMs, this.#ttlMs / keepAlivesPerTtl / 5));
    }
  }

  #end(): void {
    this.#isOver = true;
    this.stop();
    this.#onOver();
  }
}

interface LeaseOptions {
  readonly gateway: Gateway;
  /** A key that we may read. */
  readonly readable: string;
  readonly clocks: Clocks;
  readonly onOver: () => void;
  /** After each keepalive that was answered. */
  readonly onContact: (lease: Lease) => void;
}
