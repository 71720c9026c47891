/** What stands in the cluster, kept fresh while somebody watches, and else read when it is asked for. */
import { LockError } from '../../core/errors.ts';
import type { Gateway } from './gateway.ts';
import { everywhere, type Epochs } from './epochs.ts';
import type { Keys, Range } from './keys.ts';
import { View, type KeyEvent } from './view.ts';

/** What was committed just now comes by the watch in less than a millisecond, or else is read. */
const patienceMs = 20;
const pauseMs = { first: 100, longest: 2_000 };
/** A watch may be dead without a word; so often we ask whether it has missed something. */
const recheckMs = 5_000;

export class LiveView {
  readonly #gateway: Gateway;
  readonly #keys: Keys;
  readonly #root: string;
  readonly #listeners = new Set<() => void>();
  readonly #arrivals = new Set<() => void>();
  #view: View | undefined;
  /** Undefined while nobody watches, or while the watch is broken. */
  #stream: { dispose(): void } | undefined;
  #isOpening = false;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = pauseMs.first;
  /** At this revision of the cluster nothing was missing. */
  #checkedAt = 0;

  constructor(gateway: Gateway, keys: Keys, root: string) {
    this.#gateway = gateway;
    this.#keys = keys;
    this.#root = root;
  }

  /** Calls back after something has changed, and where the cluster is lost or found again. */
  watch(onChange: () => void): { dispose(): void } {
    const listener = (): void => onChange();
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#open();
    return {
      dispose: () => {
        this.#listeners.delete(listener);
        if (this.#listeners.size === 0) this.#stop();
      },
    };
  }

  /** @throws LockError `etcd-unreachable`, `etcd-refused` */
  async readAll(): Promise<View> {
    return this.told ?? (await this.#read([this.#keys.all]));
  }

  /**
   * All near these epochs that was put up to `atLeast`.
   * @throws LockError `etcd-unreachable`, `etcd-refused`
   */
  async readNear(epochs: Epochs, atLeast: number): Promise<View> {
    const { told } = this;
    if (told && (told.revision >= atLeast || (await this.#arrives(atLeast)))) return this.told ?? told;
    return await this.#read(this.#keys.near(epochs));
  }

  /** What the watch has told so far; undefined where it is not under way. */
  get told(): View | undefined {
    return this.#stream && this.#view;
  }

  close(): void {
    this.#listeners.clear();
    this.#stop();
  }

  async #read(ranges: readonly Range[]): Promise<View> {
    const { pairs, revision } = await this.#gateway.read(ranges);
    return new View(this.#keys, this.#root, pairs, revision);
  }

  async #arrives(revision: number): Promise<boolean> {
    const isThere = (): boolean => (this.#view?.revision ?? 0) >= revision;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#arrivals.delete(look);
        resolve();
      };
      const look = (): void => {
        if (isThere() || !this.#stream) end();
      };
      const timer = setTimeout(end, patienceMs);
      this.#arrivals.add(look);
    });
    return isThere() && this.#stream !== undefined;
  }

  #open(): void {
    if (this.#isOpening || this.#stream || this.#listeners.size === 0) return;
    this.#isOpening = true;
    this.#begin()
      .catch((error: unknown) => {
        if (!(error instanceof LockError)) throw error;
        this.#openLater(); // who asks for the view is told why
      })
      .finally(() => (this.#isOpening = false));
  }

  async #begin(): Promise<void> {
    const view = await this.#read([this.#keys.all]);
    if (this.#listeners.size === 0) return;
    this.#view = view;
    this.#stream = this.#gateway.watch(this.#keys.all, view.revision + 1, {
      onEvents: (events) => this.#apply(events),
      onEnd: () => this.#breakOff(),
    });
    this.#pauseMs = pauseMs.first;
    this.#checkedAt = 0;
    this.#recheckLater();
    this.#tell();
  }

  #apply(events: readonly KeyEvent[]): void {
    this.#view?.apply(events);
    for (const look of this.#arrivals) look();
    this.#tell();
  }

  #breakOff(): void {
    this.#stream?.dispose();
    this.#stream = undefined;
    for (const look of this.#arrivals) look();
    this.#openLater();
    this.#tell();
  }

  #openLater(): void {
    clearTimeout(this.#timer);
    if (this.#listeners.size === 0) return;
    this.#timer = setTimeout(() => this.#open(), this.#pauseMs);
    this.#timer.unref();
    this.#pauseMs = Math.min(pauseMs.longest, this.#pauseMs * 2);
  }

  #recheckLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#recheck(), recheckMs);
    this.#timer.unref();
  }

  async #recheck(): Promise<void> {
    const [stream, revision] = [this.#stream, this.#view?.revision ?? 0];
    if (!stream) return;
    const isBehind = await this.#isBehind(revision);
    if (this.#stream !== stream) return;
    if (isBehind) this.#breakOff();
    else this.#recheckLater();
  }

  /**
   * Counting all keys costs the cluster much, with many watchers; where it has not changed at all, one key says so. What has
   * gone leaves nothing that is newer; then there are fewer.
   */
  async #isBehind(revision: number): Promise<boolean> {
    try {
      const { all } = this.#keys;
      const newest = await this.#gateway.revision(this.#keys.epoch(everywhere));
      if (newest <= Math.max(revision, this.#checkedAt)) return false;
      const isOther =
        (await this.#gateway.hasNewer(all, revision)) || (await this.#gateway.count(all)) !== this.#view?.size;
      if (isOther && !(await this.#arrives(revision + 1))) return true;
      this.#checkedAt = isOther ? 0 : newest; // so far it was others' doing
      return false;
    } catch (error) {
      if (error instanceof LockError) return true; // unreachable: so is the watch, or it will be
      throw error;
    }
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#stream?.dispose();
    this.#stream = undefined;
    this.#view = undefined;
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
