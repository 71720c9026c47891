/**
 * A simulated process's code, remembered as a tree: a generator of the shipped protocol is a function of the results that
 * it was given, so what it asks for next has to be found out only once for each history. That makes states cheap to go
 * back to, although a generator cannot be copied: where a new history is met, a fresh one is fed the old results.
 */
import type { Identity, Steps } from '../../src/os/os.ts';
import type { Bell } from '../../src/protocols/loops/bell.ts';
import { SystemError } from './kernel.ts';
import type { SimOperation } from './operations.ts';

export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  /** Bytes are kept as text: what reads them must not share them. */
  | { readonly kind: 'bytes'; readonly text: string }
  | { readonly kind: 'error'; readonly code: string; readonly what: string }
  /** Of a sleep. */
  | { readonly kind: 'woken'; readonly rung: boolean };

/** What the code of a process gets besides the port. */
export interface Surroundings {
  readonly identity: Identity;
  readonly openBell: () => Bell;
}

export type Program = (surroundings: Surroundings) => Steps<void>;

/** One history of one process. */
export interface Place {
  readonly id: number;
  /** Undefined where the program has come to its end. */
  readonly operation: SimOperation | undefined;
  /** What the program failed with, if that was not its own doing. */
  readonly failure?: unknown;
  /** Somebody took the bell into his hand just before this operation: changes from now on ring it. */
  readonly armed: boolean;
  readonly before: { readonly place: Place; readonly outcome: Outcome } | undefined;
  readonly after: Map<string, Place>;
}

/** A generator at some place, with what belongs to it. */
interface Run {
  readonly steps: Steps<void>;
  operation: SimOperation | undefined;
  /** Whether somebody took the bell into his hand since the last operation. */
  readonly bell: { armed: boolean };
  failure?: unknown;
}

const mostRuns = 2_000;

let places = 0;

export class Actor {
  readonly identity: Identity;
  readonly start: Place;
  readonly #program: Program;
  /** Generators that stand at a place, to go on from there without starting anew. */
  readonly #runs = new Map<Place, Run>();

  constructor(identity: Identity, program: Program) {
    this.identity = identity;
    this.#program = program;
    const run = this.#fresh();
    this.start = this.#placeOf(run, undefined);
  }

  next(place: Place, outcome: Outcome): Place {
    const key = JSON.stringify(outcome);
    const known = place.after.get(key);
    if (known) return known;
    const run = this.#runs.get(place) ?? this.#replay(place);
    this.#runs.delete(place);
    feed(run, outcome);
    const next = this.#placeOf(run, { place, outcome });
    place.after.set(key, next);
    return next;
  }

  #placeOf(run: Run, before: Place['before']): Place {
    const { operation, failure, bell } = run;
    const place: Place = {
      id: places++,
      operation,
      armed: bell.armed,
      before,
      after: new Map(),
      ...(failure === undefined ? {} : { failure }),
    };
    run.bell.armed = false;
    this.#keep(place, run);
    return place;
  }

  #keep(place: Place, run: Run): void {
    this.#runs.set(place, run);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > mostRuns && oldest) this.#runs.delete(oldest);
  }

  #replay(place: Place): Run {
    const outcomes: Outcome[] = [];
    for (let at = place; at.before; at = at.before.place) outcomes.push(at.before.outcome);
    const run = this.#fresh();
    for (const outcome of outcomes.reverse()) feed(run, outcome);
    run.bell.armed = false;
    return run;
  }

  #fresh(): Run {
    const bell = { armed: false };
    const openBell = (): Bell => ({
      next: () => {
        bell.armed = true;
        return { aborted: false } as AbortSignal;
      },
      widen: () => undefined,
      dispose: () => undefined,
    });
    const steps = this.#program({ identity: this.identity, openBell });
    const run: Run = { steps, operation: undefined, bell };
    step(run, () => steps.next());
    return run;
  }
}

function feed(run: Run, outcome: Outcome): void {
  step(run, () => {
    switch (outcome.kind) {
      case 'value':
        return run.steps.next(outcome.value);
      case 'bytes':
        return run.steps.next(Buffer.from(outcome.text));
      case 'error':
        return run.steps.throw(new SystemError(outcome.code, outcome.what));
      case 'woken': {
        const wake = run.operation?.args[1] as { aborted: boolean } | undefined;
        if (wake && outcome.rung) wake.aborted = true;
        return run.steps.next();
      }
    }
  });
}

/** What a program throws, it throws for good. */
function step(run: Run, resume: () => IteratorResult<SimOperation, void>): void {
  try {
    const result = resume();
    run.operation = result.done === true ? undefined : result.value;
  } catch (error) {
    run.operation = undefined;
    run.failure = error;
  }
}
