/**
 * A simulated process's code, remembered as a tree (see `../actor.ts`): what it asks for next has to be found out only once
 * for each history. The rules of acquiring are async functions; each question of theirs is one step of the schedule.
 */
import { LockError, type ErrorCode } from '../../../src/core/errors.ts';
import type { Call } from './calls.ts';

export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly code: ErrorCode; readonly message: string };

/** How a program reaches what is outside of it. */
export type Ask = (call: Call) => Promise<unknown>;

export type Program = (ask: Ask, actor: number) => Promise<void>;

/** One history of one process. */
export interface Place {
  readonly id: number;
  /** Undefined where the program has come to its end. */
  readonly call: Call | undefined;
  readonly failure?: unknown;
  readonly before: { readonly place: Place; readonly outcome: Outcome } | undefined;
  readonly after: Map<string, Place>;
}

/** A program under way, at some place. */
interface Run {
  call: Call | undefined;
  failure: unknown;
  answer: (outcome: Outcome) => void;
  /** Resolves when it asks again, or has come to its end. */
  arrived: Promise<void>;
  arrive: () => void;
}

const mostRuns = 2_000;

let places = 0;

export class Actor {
  readonly start: Place;
  readonly #index: number;
  readonly #program: Program;
  /** Programs that stand at a place, to go on from there without starting anew. */
  readonly #runs = new Map<Place, Run>();

  static async begin(index: number, program: Program): Promise<Actor> {
    const run = await begun(program, index);
    return new Actor(index, program, run);
  }

  private constructor(index: number, program: Program, run: Run) {
    this.#index = index;
    this.#program = program;
    this.start = this.#placeOf(run, undefined);
  }

  async next(place: Place, outcome: Outcome): Promise<Place> {
    const key = JSON.stringify(outcome);
    const known = place.after.get(key);
    if (known) return known;
    const run = this.#runs.get(place) ?? (await this.#replay(place));
    this.#runs.delete(place);
    await feed(run, outcome);
    const next = this.#placeOf(run, { place, outcome });
    place.after.set(key, next);
    return next;
  }

  #placeOf(run: Run, before: Place['before']): Place {
    const { call, failure } = run;
    const place: Place = {
      id: places++,
      call,
      before,
      after: new Map(),
      ...(failure === undefined ? {} : { failure }),
    };
    this.#runs.set(place, run);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > mostRuns && oldest) this.#runs.delete(oldest);
    return place;
  }

  async #replay(place: Place): Promise<Run> {
    const outcomes: Outcome[] = [];
    for (let at = place; at.before; at = at.before.place) outcomes.push(at.before.outcome);
    const run = await begun(this.#program, this.#index);
    for (const outcome of outcomes.reverse()) await feed(run, outcome);
    return run;
  }
}

async function begun(program: Program, index: number): Promise<Run> {
  const run: Run = {
    call: undefined,
    failure: undefined,
    answer: () => undefined,
    arrived: Promise.resolve(),
    arrive: () => undefined,
  };
  const ask: Ask = (call) =>
    new Promise((resolve, reject) => {
      run.call = call;
      run.answer = (outcome) => {
        if (outcome.kind === 'value') resolve(outcome.value);
        else reject(new LockError(outcome.code, outcome.message, ''));
      };
      run.arrive();
    });
  expectArrival(run);
  program(ask, index).then(
    () => run.arrive(),
    (error: unknown) => {
      run.failure = error;
      run.arrive();
    },
  );
  await run.arrived;
  return run;
}

async function feed(run: Run, outcome: Outcome): Promise<void> {
  run.call = undefined;
  expectArrival(run);
  run.answer(outcome);
  await run.arrived;
}

function expectArrival(run: Run): void {
  run.arrived = new Promise((resolve) => (run.arrive = resolve));
}
