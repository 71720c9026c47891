/** One state of the simulated machine, and the steps that lead out of it. */
import { messageOf } from '../../src/core/errors.ts';
import type { Fd, OpenHow } from '../../src/os/os.ts';
import type { Actor, Outcome, Place } from './actor.ts';
import { call } from './call.ts';
import { assertPromised, happensAlone, type Concern } from './commuting.ts';
import { SystemError, type FileClock, type Kernel } from './kernel.ts';
import { Ledger, Violation } from './ledger.ts';
import { isAlone, isLine, isLook, type SimOperation } from './operations.ts';
import { theirGate } from './place.ts';
import { assertMayPassOver, assertNobodyOvertaken, assertPlaceOf, assertUnmarked, watchLedger } from './watch.ts';

/** So much time passes at once: more than any patience of a waiter but the one with which it came. */
const tickMs = 2_100;

/** So long others may sleep behind one that is stopped, or dead and cannot be seen to be: a look every two seconds, each. */
const longestUnseenMs = 4 * tickMs;

export interface ActorState {
  readonly place: Place;
  readonly state: 'runs' | 'ended' | 'crashed' | 'stopped';
  /** Between the opening and the locking of one `openLocked`, which are two system calls. */
  readonly half?: Fd;
  /** The path whose lock somebody else had, and that a sleeper waits for. */
  readonly blockedOn?: string;
  /** How often the store had changed when the bell was armed, and what else would end its sleep. */
  readonly rings: number;
  readonly deaths: number;
  readonly clock: number;
}

export interface World {
  readonly kernel: Kernel;
  readonly ledger: Ledger;
  readonly actors: readonly ActorState[];
  readonly crashesLeft: number;
  readonly stopsLeft: number;
  readonly ticksLeft: number;
  readonly fileStepsLeft: number;
  /** Who moved last, and how often somebody who could have gone on had to wait; only where that is bounded. */
  readonly last: number;
  readonly preemptionsLeft: number;
}

/** One of the steps that are possible: `0` the first actor's, `0x` its death, `0z` it is stopped for good, `t` time passes, `c` for files alone. */
export type Choice = string;

export interface Rules {
  readonly crashes: number;
  /** How many may be stopped for good (SIGSTOP) while they sleep in the queue. */
  readonly stops?: number;
  readonly ticks: number;
  readonly fileClock?: FileClock;
  /** How often a coarse clock of the file system is put forward. */
  readonly fileSteps?: number;
  /** Undefined: any number. */
  readonly preemptions?: number;
  /** The number of whoever died belongs to another program at once. */
  readonly reusesPids?: boolean;
  /** Each process lives in a pid namespace of its own: its number means nothing to the others. */
  readonly containers?: boolean;
  /** Processes of another user than the rest: they may not delete each other's files. */
  readonly foreigners?: ReadonlySet<number>;
  /** What the dead leave here cannot be judged by anybody (their holds were removed), so it rightly stays. */
  readonly isLeftToPeople?: boolean;
  /** What somebody here may do; the steps that only these concern are tried in every order where they may be done. */
  readonly may: ReadonlySet<Concern>;
}

const nobody: ReadonlySet<number> = new Set();

export function begin(kernel: Kernel, actors: readonly Actor[], rules: Rules, ledger = new Ledger()): World {
  const started = kernel.fork();
  for (const { identity } of actors) started.start(identity.pid);
  let world: World = {
    kernel: started,
    ledger,
    actors: actors.map(({ start }) => ({ place: start, state: 'runs', rings: 0, deaths: 0, clock: 0 })),
    crashesLeft: rules.crashes,
    stopsLeft: rules.stops ?? 0,
    ticksLeft: rules.ticks,
    fileStepsLeft: rules.fileSteps ?? 0,
    last: -1,
    preemptionsLeft: rules.preemptions ?? Infinity,
  };
  actors.forEach((_, index) => (world = settle(world, index, actors, rules)));
  return world;
}

export function keyOf(world: World): string {
  const { kernel, ledger, actors, crashesLeft, stopsLeft, ticksLeft, fileStepsLeft, last, preemptionsLeft } = world;
  const places = actors.map(({ place, state, half, blockedOn, rings, deaths, clock }) => {
    const woken = `${kernel.rings > rings ? 'r' : ''}${kernel.deaths > deaths ? 'd' : ''}${kernel.monotonic > clock ? 't' : ''}`;
    return `${place.id}${state[0] ?? ''}${half ?? ''}${blockedOn === undefined ? '' : 'b'}${woken}`;
  });
  const bound = preemptionsLeft === Infinity ? '' : `${last}/${preemptionsLeft}`;
  return `${places.join()}#${crashesLeft}/${stopsLeft}/${ticksLeft}/${fileStepsLeft}/${bound}#${ledger.key()}#${kernel.key()}`;
}

export function choicesOf(world: World, rules: Rules): readonly Choice[] {
  const ready = world.actors.flatMap((actor, index) => (isReady(actor, world) ? [index] : []));
  const writer = ready.find((index) => isLine(world.actors[index]?.place.operation));
  if (writer !== undefined && world.crashesLeft > 0) return [String(writer), `${writer}x`];
  const choices: Choice[] = [];
  for (const index of ready) {
    const preempts = index !== world.last && ready.includes(world.last);
    if (preempts && world.preemptionsLeft === 0) continue;
    choices.push(String(index));
  }
  const isIdle = choices.length === 0;
  for (const [index, actor] of world.actors.entries()) {
    // Signals come from outside: neither takes the processor away from anybody.
    if (world.crashesLeft > 0 && mayDie(actor, world)) choices.push(`${index}x`);
    if (world.stopsLeft > 0 && isAsleep(actor)) choices.push(`${index}z`);
  }
  const someSleeps = world.actors.some(isAsleep);
  // With nothing else to do, time passes for free: it always does.
  if (someSleeps && (isIdle || (world.ticksLeft > 0 && rules.ticks > 0))) choices.push('t');
  if (world.fileStepsLeft > 0 && !isIdle) choices.push('c');
  return choices;
}

/** Whether somebody is stopped, or died where his number does not tell: only the slow look, and the queue's patience, help. */
function isUnseen({ actors }: World, { containers, reusesPids }: Rules): boolean {
  return actors.some(({ state }) => state === 'stopped' || (state === 'crashed' && (containers || reusesPids)));
}

function isAsleep({ state, place }: ActorState): boolean {
  return state === 'runs' && place.operation?.name === 'sleep' && place.operation.args[1] !== undefined;
}

/** Before a look it is the same as before the next step that is none; but who is blocked may never come to that. */
function mayDie(actor: ActorState, world: World): boolean {
  const { operation } = actor.place;
  if (actor.state !== 'runs' || !operation) return false;
  return isReady(actor, world) ? !isLook(operation) : operation.name !== 'removeFreeGate';
}

function isReady({ state, place, blockedOn, rings, deaths, clock }: ActorState, { kernel }: World): boolean {
  if (state !== 'runs') return false;
  const { operation } = place;
  if (!operation) return true; // its exit
  switch (operation.name) {
    case 'sleep':
      if (operation.args[1] === undefined) return blockedOn === undefined || kernel.isFree(blockedOn);
      return kernel.rings > rings || kernel.deaths > deaths || kernel.monotonic > clock;
    case 'lockWait':
      return kernel.isFree(theirGate);
    case 'removeFreeGate':
      return kernel.isRemovable(theirGate);
    case 'linger':
      return false;
    default:
      return true;
  }
}

/** @throws Violation where the step breaks a rule */
export function stepTo(world: World, choice: Choice, actors: readonly Actor[], rules: Rules): World {
  const kernel = world.kernel.fork();
  if (choice === 't') {
    const isForced = !world.actors.some((actor) => isReady(actor, world));
    const mustWaitLonger = kernel.monotonic < longestUnseenMs && isUnseen(world, rules);
    if (isForced && world.ledger.holders.length === 0 && !mustWaitLonger)
      throw new Violation('a waiter sleeps although nobody holds anything');
    for (const [each, actor] of world.actors.entries()) {
      if (isAsleep(actor) && !isReady(actor, world)) assertPlaceOf(pidOf(actors, each), kernel);
    }
    kernel.advance(tickMs);
    return { ...world, kernel, ticksLeft: Math.max(0, world.ticksLeft - 1), last: -1 };
  }
  if (choice === 'c') {
    kernel.stepFileClock();
    return { ...world, kernel, fileStepsLeft: world.fileStepsLeft - 1 };
  }
  const index = Number.parseInt(choice, 10);
  if (choice.endsWith('z')) {
    const stopped = put({ ...world, kernel }, index, { ...actorAt(world, index), state: 'stopped' });
    return { ...stopped, stopsLeft: stopped.stopsLeft - 1 };
  }
  if (choice.endsWith('x')) {
    const dead = end({ ...world, kernel }, index, 'crashed', actors, rules.reusesPids === true);
    return { ...dead, crashesLeft: dead.crashesLeft - 1 };
  }
  const ready = world.actors.flatMap((actor, each) => (isReady(actor, world) ? [each] : []));
  const preempts = index !== world.last && ready.includes(world.last);
  const moved: World = {
    ...world,
    kernel,
    last: index,
    preemptionsLeft: world.preemptionsLeft - (preempts ? 1 : 0),
  };
  const actor = actorAt(moved, index);
  if (!actor.place.operation) return end(moved, index, 'ended', actors, false);
  return settle(perform(moved, index, actors, rules), index, actors, rules);
}

function end(
  world: World,
  index: number,
  state: 'ended' | 'crashed',
  actors: readonly Actor[],
  isReused: boolean,
): World {
  const pid = pidOf(actors, index);
  world.kernel.kill(pid, isReused);
  return { ...put(world, index, { ...actorAt(world, index), state }), ledger: world.ledger.buried(pid) };
}

/** Goes on with what nobody else can see or change. */
function settle(world: World, index: number, actors: readonly Actor[], rules: Rules): World {
  let now = world;
  for (;;) {
    const { place, half } = actorAt(now, index);
    if (place.failure !== undefined)
      throw new Violation(`process ${pidOf(actors, index)} failed: ${messageOf(place.failure)}`);
    if (!place.operation) return now;
    if (isLine(place.operation) && now.crashesLeft > 0) return now;
    const isAlone = happensAlone(place.operation, half !== undefined, now.kernel, pidOf(actors, index), rules.may);
    if (!isAlone) return now;
    now = perform(now, index, actors, rules);
  }
}

function perform(world: World, index: number, actors: readonly Actor[], rules: Rules): World {
  const actor = actorAt(world, index);
  const { operation } = actor.place;
  if (!operation) return world;
  assertPromised(operation, rules.may);
  const self = actors[index];
  if (!self) return world;
  const { pid } = self.identity;
  const { kernel } = world;
  if (operation.name === 'openLocked' && actor.half === undefined) {
    return openHalf(world, index, actors, operation.args[0], operation.args[1]);
  }
  let ledger = world.ledger;
  let outcome: Outcome;
  try {
    if (operation.name === 'rename')
      assertNobodyOvertaken(operation.args[0], operation.args[1], world, pid, actor.place);
    if (operation.name === 'open') assertMayPassOver(operation.args[0], world, pid);
    outcome = call(operation, kernel, { identity: self.identity, foreigners: rules.foreigners ?? nobody, ...actor });
    ledger = watchLedger(operation, world, pid, outcome);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    outcome = { kind: 'error', code: error.code, what: error.message };
  }
  return resume({ ...world, ledger }, index, actors, outcome);
}

function openHalf(world: World, index: number, actors: readonly Actor[], file: string, how: OpenHow): World {
  try {
    const half = world.kernel.open(pidOf(actors, index), file, how);
    return put(world, index, { ...actorAt(world, index), half });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return resume(world, index, actors, { kind: 'error', code: error.code, what: error.message });
  }
}

function resume(world: World, index: number, actors: readonly Actor[], outcome: Outcome): World {
  const actor = actorAt(world, index);
  const { kernel } = world;
  const place = actors[index]?.next(actor.place, outcome) ?? actor.place;
  const { operation } = actor.place;
  const refused = operation?.name === 'openLocked' && outcome.kind === 'value' && outcome.value === undefined;
  const sleeps = place.operation?.name === 'sleep';
  const rings = place.armed ? kernel.rings : actor.rings;
  if (sleeps && place.operation.args[1] && rings === kernel.rings) assertUnmarked(pidOf(actors, index), kernel);
  return put(world, index, {
    place,
    state: 'runs',
    ...(refused ? { blockedOn: operation.args[0] } : keptBlock(operation, actor)),
    rings,
    deaths: sleeps ? kernel.deaths : actor.deaths,
    clock: sleeps ? kernel.monotonic : actor.clock,
  });
}

/** What it waits for, until it has slept and tries again, or does something else. */
function keptBlock(operation: SimOperation | undefined, { blockedOn }: ActorState): Pick<ActorState, 'blockedOn'> {
  const goesOn = operation !== undefined && (isAlone(operation) || isLook(operation)) && operation.name !== 'sleep';
  return goesOn && blockedOn !== undefined ? { blockedOn } : {};
}

function put(world: World, index: number, actor: ActorState): World {
  return { ...world, actors: world.actors.with(index, actor) };
}

function actorAt({ actors }: World, index: number): ActorState {
  const actor = actors[index];
  if (!actor) throw new Error(`there is no process ${index}`);
  return actor;
}

function pidOf(actors: readonly Actor[], index: number): number {
  return actors[index]?.identity.pid ?? -1;
}
