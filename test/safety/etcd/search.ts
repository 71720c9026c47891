/** Every schedule of some processes and their cluster; see `../search.ts`. */
import { Violation } from '../ledger.ts';
import type { Finding, Result } from '../search.ts';
import { Actor, type Program } from './actor.ts';
import { SimulatedEtcd } from './simulatedEtcd.ts';
import {
  begin,
  checkEnd,
  choicesOf,
  isEnd,
  keyOf,
  settle,
  stepTo,
  type Choice,
  type Rules,
  type World,
} from './world.ts';

export interface Scenario {
  readonly name: string;
  readonly programs: readonly Program[];
  readonly rules: Rules;
  /** What is different where the time does not matter (`--whole`). */
  readonly whole?: Partial<Rules>;
}

/** No scenario comes near it, unless somebody never comes to an end. */
const mostSteps = 300;

export async function prepare({ programs, rules }: Scenario): Promise<{
  readonly actors: readonly Actor[];
  readonly world: World;
}> {
  const actors = await Promise.all(programs.map((program, index) => Actor.begin(index, program)));
  let world = begin(new SimulatedEtcd(), actors, rules);
  for (const index of actors.keys()) world = await settle(world, index, actors, rules);
  return { actors, world };
}

export async function explore(scenario: Scenario): Promise<Result> {
  const { rules } = scenario;
  /** The number of schedules from each state on. */
  const seen = new Map<string, number>();
  const schedule: Choice[] = [];
  let longest = 0;

  const visit = async (world: World, actors: readonly Actor[]): Promise<number> => {
    const key = keyOf(world);
    const known = seen.get(key);
    if (known !== undefined) return known;
    longest = Math.max(longest, schedule.length);
    if (schedule.length > mostSteps) throw new Violation('somebody goes on for ever');
    const choices = choicesOf(world);
    let schedules = 0;
    if (isEnd(choices)) {
      checkEnd(world);
      schedules++;
    }
    for (const choice of choices) {
      schedule.push(choice);
      schedules += await visit(await stepTo(world, choice, actors, rules), actors);
      schedule.pop();
    }
    seen.set(key, schedules);
    return schedules;
  };

  let schedules = 0;
  let finding: Finding | undefined;
  try {
    const { actors, world } = await prepare(scenario);
    schedules = await visit(world, actors);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    finding = { message: error.message, schedule: [...schedule] };
  }
  return { states: seen.size, schedules, longest, ...(finding ? { finding } : {}) };
}
