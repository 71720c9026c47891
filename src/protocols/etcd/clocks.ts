/** Three clocks, each of which may stand still or jump where the others go on (DEPENDENCIES 5). All in ms. */
export interface Clocks {
  /** Linux's stands still while the machine sleeps. */
  monotonic(): number;
  /** Since boot, sleep included. */
  sinceBoot(): number;
  wall(): number;
}

export class Moment {
  readonly #clocks: Clocks;
  readonly #then: readonly number[];

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
    this.#then = readAll(clocks);
  }

  /** By the clock that says most. */
  get elapsedMs(): number {
    return Math.max(...readAll(this.#clocks).map((now, i) => now - (this.#then[i] ?? now)));
  }
}

function readAll(clocks: Clocks): readonly number[] {
  return [clocks.monotonic(), clocks.sinceBoot(), clocks.wall()];
}
