import type { Disposable } from '../protocol.ts';

/** Wakes those who wait for a store to change. */
export interface Bell {
  /** Aborted at the first change after this call; take it before looking, so that no change falls in between. */
  next(): AbortSignal;
  /** From now on it rings for changes at other tools, too. */
  widen(): void;
  dispose(): void;
}

export class RingingBell implements Bell {
  readonly #onDispose: () => void;
  readonly #subscribeElsewhere: (ring: () => void) => Disposable;
  #elsewhere: Disposable | undefined;
  #current: AbortController | undefined;

  /** @param subscribe starts the wake-ups and returns how to stop them */
  constructor(
    subscribe: (ring: () => void) => () => void,
    subscribeElsewhere: (ring: () => void) => Disposable = () => ({ dispose: () => undefined }),
  ) {
    this.#subscribeElsewhere = subscribeElsewhere;
    this.#onDispose = subscribe(() => this.#ring());
  }

  next(): AbortSignal {
    this.#current ??= new AbortController();
    return this.#current.signal;
  }

  widen(): void {
    this.#elsewhere ??= this.#subscribeElsewhere(() => this.#ring());
  }

  dispose(): void {
    this.#elsewhere?.dispose();
    this.#onDispose();
    this.#ring();
  }

  #ring(): void {
    this.#current?.abort();
    this.#current = undefined;
  }
}
