/** Contenders take turns, a short while each, so that whatever else the machine does hits all of them alike. */
import { median } from './statistics.ts';

export interface Contender {
  readonly name: string;
  /** @returns how long each cycle took, in µs */
  readonly run: (cycles: number) => Promise<readonly number[]>;
}

export interface Turns {
  readonly rounds: number;
  /** So long a contender's turn takes, about. */
  readonly turnMs: number;
  /** A contender that is slower than this allows gets fewer rounds, at least two. */
  readonly mostMs: number;
  /** Before the first round: compiles what is hot, and fills what is kept. */
  readonly warmUpMs: number;
}

const mostCyclesInTurn = 400;
/** Few, so that each of a contender's folders has its share. */
const cyclesInWarmUp = 50;

/** @returns by name, the samples of each round, in µs */
export async function takeTurns(
  contenders: readonly Contender[],
  { rounds, turnMs, mostMs, warmUpMs }: Turns,
): Promise<ReadonlyMap<string, readonly (readonly number[])[]>> {
  const plans: { readonly contender: Contender; readonly cycles: number; readonly rounds: number }[] = [];
  for (const contender of contenders) {
    const oneUs = await warmUp(contender, warmUpMs);
    const cycles = Math.min(mostCyclesInTurn, Math.max(1, Math.round((turnMs * 1_000) / oneUs)));
    const affordable = Math.floor((mostMs * 1_000) / (oneUs * cycles));
    plans.push({ contender, cycles, rounds: Math.min(rounds, Math.max(2, affordable)) });
  }
  const samples = new Map(contenders.map(({ name }) => [name, [] as (readonly number[])[]]));
  for (let round = 0; round < rounds; round++) {
    // Another one begins each time, so that nobody always comes after the same neighbour.
    for (const { contender, cycles } of rotated(plans, round).filter((plan) => round < plan.rounds)) {
      samples.get(contender.name)?.push(await contender.run(cycles));
    }
  }
  return samples;
}

/** @returns what a cycle takes then, in µs */
async function warmUp({ run }: Contender, warmUpMs: number): Promise<number> {
  const [firstUs = 1] = await run(1);
  const until = performance.now() + warmUpMs;
  let oneUs = firstUs;
  while (performance.now() < until) {
    const left = Math.floor(((until - performance.now()) * 1_000) / oneUs);
    oneUs = median(await run(Math.min(cyclesInWarmUp, Math.max(1, left))));
  }
  return oneUs;
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

/** Again and again, so often, but no longer than `mostMs`; at least twice. @returns all samples */
export async function upTo<T>(
  times: number,
  mostMs: number,
  work: (i: number) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const until = performance.now() + mostMs;
  const samples: T[] = [];
  for (let i = 0; i < times && (i < 2 || performance.now() < until); i++) samples.push(...(await work(i)));
  return samples;
}
