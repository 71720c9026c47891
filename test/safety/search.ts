/**
 * Every schedule of some processes. Schedules that lead to the same state have the same future, so each state is gone on
 * from once, and the schedules that it stands for are counted: that is coarser than trying each, and misses none.
 */
import { Actor, type Program } from './actor.ts';
import { checkEnd } from './aftermath.ts';
import { identityOf } from './call.ts';
import { Kernel } from './kernel.ts';
import { Violation } from './ledger.ts';
import { layout, root, toolFolder } from './place.ts';
import { begin, choicesOf, keyOf, stepTo, type Choice, type Rules, type World } from './world.ts';

export interface Scenario {
  readonly name: string;
  readonly programs: readonly Program[];
  readonly rules: Rules;
  /** Leaves something behind before the others begin, such as the record of a process that was killed; or lingers on. */
  readonly prelude?: Program;
  /** What is different where the time does not matter (`--whole`). */
  readonly whole?: Partial<Rules>;
}

export interface Finding {
  readonly message: string;
  /** What `replay` takes. */
  readonly schedule: readonly Choice[];
}

export interface Result {
  readonly states: number;
  /** Distinct schedules that these states stand for. */
  readonly schedules: number;
  readonly longest: number;
  readonly finding?: Finding;
}

/** No scenario comes near it, unless somebody never comes to an end. */
const mostSteps = 600;

export const firstPid = 11;
export const preludePid = 7;

export function prepare({ programs, prelude, rules }: Scenario): {
  readonly actors: readonly Actor[];
  readonly world: World;
} {
  const actors = programs.map((program, index) => new Actor(identityOf(firstPid + index, rules), program));
  const watched = [layout.running, layout.queue, layout.requests, layout.theirQueue, toolFolder];
  const empty = Kernel.boot(root, watched, rules.fileClock ?? 'unseen');
  const { kernel, ledger } = prelude ? runAlone(empty, prelude, rules) : { kernel: empty };
  return { actors, world: begin(kernel, actors, rules, ledger) };
}

/** One process from its start to its death, or to its lingering, with nobody else about. */
function runAlone(kernel: Kernel, program: Program, scenario: Rules): Pick<World, 'kernel' | 'ledger'> {
  const actors = [new Actor(identityOf(preludePid, scenario), program)];
  const rules: Rules = { crashes: 0, ticks: 0, may: new Set(['delete', 'sweep', 'wait']) };
  let world = begin(kernel, actors, rules);
  for (let choice = choicesOf(world, rules)[0]; choice !== undefined; choice = choicesOf(world, rules)[0]) {
    world = stepTo(world, choice, actors, rules);
  }
  return world;
}

export function explore(scenario: Scenario): Result {
  const { rules } = scenario;
  /** The number of schedules from each state on. */
  const seen = new Map<string, number>();
  let finding: Finding | undefined;
  let longest = 0;
  const schedule: Choice[] = [];

  const visit = (world: World, actors: readonly Actor[]): number => {
    const key = keyOf(world);
    const known = seen.get(key);
    if (known !== undefined) return known;
    longest = Math.max(longest, schedule.length);
    if (schedule.length > mostSteps) throw new Violation('somebody goes on for ever');
    const choices = choicesOf(world, rules);
    checkEnd(world, choices.length === 0, rules);
    let schedules = choices.length === 0 ? 1 : 0;
    for (const choice of choices) {
      schedule.push(choice);
      schedules += visit(stepTo(world, choice, actors, rules), actors);
      schedule.pop();
    }
    seen.set(key, schedules);
    return schedules;
  };

  let schedules = 0;
  try {
    const { actors, world } = prepare(scenario);
    schedules = visit(world, actors);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    finding = { message: error.message, schedule: [...schedule] };
  }
  return { states: seen.size, schedules, longest, ...(finding ? { finding } : {}) };
}
