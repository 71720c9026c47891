/** Wakes those who wait for a store to change. */
export interface Bell {
  /** Aborted at the first change after this call; take it before looking, so that no change falls in between. */
  next(): AbortSignal;
  dispose(): void;
}

export class RingingBell implements Bell {
  readonly #onDispose: () => void;
  #current: AbortController | undefined;

  /** @param subscribe starts the wake-ups and returns how to stop them */
  constructor(subscribe: (ring: () => void) => () => void) {
    this.#onDispose = subscribe(() => this.#ring());
  }

  next(): AbortSignal {
    this.#current ??= new AbortController();
    return this.#current.signal;
  }

  dispose(): void {
    this.#onDispose();
    this.#ring();
  }

  #ring(): void {
    this.#current?.abort();
    this.#current = undefined;
  }
}
