/** The three parts of a storm, one after the other, each in a workspace of its own. */
import { findFaketime } from '../setup/faketime.mjs';
import { Chance } from './chance.mjs';
import { Phase, type PhaseResult } from './phase.ts';
import type { Weather } from './weather.ts';

export interface StormOptions {
  readonly seconds: number;
  readonly processes: number;
  /** How long a process does nothing between two requests, on average. */
  readonly pauseMs: number;
  readonly seed: number;
  /** One kind of weather only, all the time. */
  readonly only?: Weather;
  readonly signal: AbortSignal;
}

/** Which weather, for which share of the time. */
const parts: readonly (readonly [Weather, number])[] = [
  ['deaths, stops and set clocks', 0.5],
  ['full disk', 0.2],
  ['removals by others', 0.3],
];

/** @throws where libfaketime cannot be installed, or a tmpfs not be mounted: a part left out would prove nothing */
export async function runStorm(options: StormOptions): Promise<readonly PhaseResult[]> {
  const faketime = await findFaketime();
  const chance = new Chance(options.seed);
  const results: PhaseResult[] = [];
  for (const [weather, share] of options.only === undefined ? parts : [[options.only, 1] as const]) {
    const phase = await Phase.open({
      weather,
      durationMs: options.seconds * share * 1_000,
      processes: options.processes,
      pauseMs: options.pauseMs,
      chance: new Chance(chance.seed()),
      faketime,
      signal: options.signal,
      keepLedgers: 'on-violation',
    });
    try {
      results.push(await phase.run());
    } finally {
      await phase.close();
    }
  }
  return results;
}
