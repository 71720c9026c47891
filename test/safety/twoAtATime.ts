/** Runs work ahead of those who wait for it, two at a time: as many as the machine has cores. */
export class TwoAtATime {
  #free = 2;
  readonly #waiting: (() => void)[] = [];

  /** Begins with the first call of what it returns, which resolves to the result of one piece of the work. */
  startAll<T>(work: readonly (() => Promise<T>)[]): (index: number) => Promise<T> {
    let started: readonly Promise<T>[] | undefined;
    return (index) => {
      started ??= work.map((each) => this.#run(each));
      const result = started[index];
      if (!result) throw new Error(`there is no work ${index}`);
      return result;
    };
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    while (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#free--;
    try {
      return await work();
    } finally {
      this.#free++;
      this.#waiting.shift()?.();
    }
  }
}
