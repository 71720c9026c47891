interface Stop {
  readonly from: number;
  readonly until: number;
}

/** For how long processes ran: who is stopped cannot be told anything, so that time counts for nobody. In milliseconds. */
export class RunningTime {
  readonly #stops = new Map<string, Stop[]>();

  /** One who stands still already goes on standing still. */
  stop(who: string, at: number): void {
    const stops = this.#stops.get(who) ?? [];
    this.#stops.set(who, stops);
    if (stops.at(-1)?.until !== Infinity) stops.push({ from: at, until: Infinity });
  }

  continue(who: string, at: number): void {
    const stops = this.#stops.get(who);
    const last = stops?.at(-1);
    if (stops && last?.until === Infinity) stops[stops.length - 1] = { ...last, until: at };
  }

  between(who: string, from: number, until: number): number {
    const stopped = (this.#stops.get(who) ?? [])
      .map((stop) => Math.min(stop.until, until) - Math.max(stop.from, from))
      .filter((ms) => ms > 0);
    return Math.max(
      0,
      stopped.reduce((left, ms) => left - ms, until - from),
    );
  }
}
