/** One state of the simulated machines and their cluster, and the steps that lead out of it. */
import { LockError, messageOf } from '../../../src/core/errors.ts';
import type { LockId } from '../../../src/core/lock.ts';
import { lockKey, type Claim } from '../../../src/protocols/etcd/acquire.ts';
import type { Committed, LeaseId, Transaction } from '../../../src/protocols/etcd/transaction.ts';
import { Violation } from '../ledger.ts';
import type { Actor, Outcome, Place } from './actor.ts';
import { happensAlone, leavesSomething, type Mark } from './calls.ts';
import { clash, Ledger } from './ledger.ts';
import { firstView, keys } from './programs.ts';
import type { SimulatedEtcd } from './simulatedEtcd.ts';
import { assertNobodyOvertaken, assertNothingDeadStands, assertNothingLeft, assertNothingTaken } from './watch.ts';

export interface ActorState {
  readonly place: Place;
  readonly state: 'runs' | 'ended' | 'crashed';
  /** Alive by its own clocks. */
  readonly lease: LeaseId | undefined;
  readonly leases: number;
  /** How far its watch has told. */
  readonly told: number;
  /** It was refused for something that its watch has not told. */
  readonly mustLookFurther: boolean;
  /** Its transaction was sent, and is to be sent again: nobody knows whether it was carried out. */
  readonly isDoubtful: boolean;
}

/** A lock of a store, and the process that has it. */
interface Published {
  readonly claim: Claim;
  readonly owner: number;
  /** Its first process has got through: only then a later one of its session may take it over here. */
  readonly isGranted: boolean;
}

export interface World {
  readonly cluster: SimulatedEtcd;
  readonly ledger: Ledger;
  readonly published: readonly Published[];
  readonly actors: readonly ActorState[];
  /** Over by the clocks of their processes, or by their deaths; the cluster has yet to find out. */
  readonly doomed: readonly LeaseId[];
  /** Sent and not carried out yet; perhaps never. */
  readonly late: readonly Transaction[];
  readonly crashesLeft: number;
  readonly lapsesLeft: number;
  readonly lagsLeft: number;
  readonly faultsLeft: number;
  /** Who moved last, and how often somebody who could have gone on had to wait; only where that is bounded. */
  readonly last: number;
  readonly preemptionsLeft: number;
  /** See `Rules`. */
  readonly inheritsHeldOnly: boolean;
  /** Whether something of that has happened, so that somebody may be refused for it. */
  readonly isCalm: boolean;
}

/**
 * One of the steps that are possible: `0` the first actor's; `0x` its death; `0o` its lease is over, by its own clocks;
 * `0~3` its watch has told no more than revision 3; of a transaction, `0l` it is carried out and sent again as the answer got
 * lost, `0d` it is sent again before it is carried out, which it is later too, `0u` its sender is told that nobody answers,
 * and it is carried out later; `eL0.0` the cluster ends a lease; `p0` carries out what came late.
 */
export type Choice = string;

export interface Rules {
  /** How many are killed. */
  readonly crashes?: number;
  /** How often a lease is lost by a living process: it was stopped, or cut off. */
  readonly lapses?: number;
  /** How many looks are not at the newest. */
  readonly lags?: number;
  /** How many transactions are sent twice, or late. */
  readonly faults?: number;
  /** Undefined: any number. */
  readonly preemptions?: number;
  /** Nobody here may ever be refused: what they ask for is different. */
  readonly isUndisturbed?: true;
  /** Nobody inherits what its first holder is still taking. Who is overtaken so gives back later (`EtcdProtocol.#tidy`). */
  readonly inheritsHeldOnly?: true;
}

export function begin(cluster: SimulatedEtcd, actors: readonly Actor[], rules: Rules): World {
  return {
    cluster,
    ledger: new Ledger(),
    published: [],
    actors: actors.map(({ start }) => ({
      place: start,
      state: 'runs',
      lease: undefined,
      leases: 0,
      told: firstView,
      mustLookFurther: false,
      isDoubtful: false,
    })),
    doomed: [],
    late: [],
    crashesLeft: rules.crashes ?? 0,
    lapsesLeft: rules.lapses ?? 0,
    lagsLeft: rules.lags ?? 0,
    faultsLeft: rules.faults ?? 0,
    last: -1,
    preemptionsLeft: rules.preemptions ?? Infinity,
    inheritsHeldOnly: rules.inheritsHeldOnly ?? false,
    isCalm: true,
  };
}

export function keyOf(world: World): string {
  const { cluster, ledger, published, actors, doomed, late } = world;
  const places = actors.map(({ place, state, lease, told, mustLookFurther, isDoubtful }) =>
    [place.id, state[0], lease, told, mustLookFurther ? 'f' : '', isDoubtful ? 'd' : ''].join(':'),
  );
  const untold = Math.min(...actors.map(({ told, state }) => (state === 'runs' ? told : cluster.revision)));
  return [
    places.join(),
    [world.crashesLeft, world.lapsesLeft, world.lagsLeft, world.faultsLeft, world.isCalm].join(),
    world.preemptionsLeft === Infinity ? '' : `${world.last}/${world.preemptionsLeft}`,
    published.map(({ claim, owner, isGranted }) => `${claim.id}:${owner}:${isGranted}`).join(),
    doomed.toSorted().join(),
    late.map((each) => JSON.stringify(each)).join(),
    ledger.key(),
    cluster.keySince(untold),
  ].join('#');
}

export function choicesOf(world: World): readonly Choice[] {
  const choices: Choice[] = [];
  for (const [index, actor] of world.actors.entries()) {
    if (actor.state !== 'runs') continue;
    const mayMove = world.preemptionsLeft > 0 || !preempts(index, world);
    if (isReady(actor, world) && mayMove) choices.push(String(index), ...faultsOf(actor, index, world));
    const { call } = actor.place;
    const dies = call !== undefined && leavesSomething(call);
    if (world.crashesLeft > 0 && dies) choices.push(`${index}x`);
    if (world.lapsesLeft > 0 && actor.lease !== undefined && dies) choices.push(`${index}o`);
  }
  choices.push(...world.doomed.map((lease) => `e${lease}`));
  choices.push(...world.late.map((_, index) => `p${index}`));
  return choices;
}

/** What may go wrong with the next step of somebody. */
function faultsOf({ place, told, isDoubtful }: ActorState, index: number, world: World): readonly Choice[] {
  const { call } = place;
  if ((call?.kind === 'view' || call?.kind === 'sleep') && world.lagsLeft > 0) {
    const first = Math.max(told, call.kind === 'view' ? call.atLeast : 0);
    const count = Math.max(0, world.cluster.revision - first);
    return Array.from({ length: count }, (_, at) => `${index}~${first + at}`);
  }
  if (call?.kind === 'commit' && leavesSomething(call) && world.faultsLeft > 0 && !isDoubtful)
    return ['l', 'd', 'u'].map((fault) => `${index}${fault}`);
  return [];
}

/** What came late may never come: where nothing else is possible, it is the end too. */
export function isEnd(choices: readonly Choice[]): boolean {
  return choices.every((choice) => choice.startsWith('p'));
}

/** @throws Violation where somebody is left out, or something is left over */
export function checkEnd(world: World): void {
  const sleeper = world.actors.findIndex(({ state, place }) => state === 'runs' && place.call?.kind === 'sleep');
  if (sleeper >= 0 && world.ledger.holders.length === 0)
    throw new Violation(`process ${sleeper} sleeps although nobody holds anything`);
  assertNothingLeft(world);
}

function preempts(index: number, world: World): boolean {
  const last = world.actors[world.last];
  return index !== world.last && last?.state === 'runs' && isReady(last, world);
}

function isReady({ place, told }: ActorState, { cluster }: World): boolean {
  switch (place.call?.kind) {
    case 'sleep':
      return cluster.revision > told;
    case 'linger':
      return false;
    default:
      return true;
  }
}

/** @throws Violation where the step breaks a rule */
export async function stepTo(world: World, choice: Choice, actors: readonly Actor[], rules: Rules): Promise<World> {
  if (choice.startsWith('e')) return expire(world, choice.slice(1) as LeaseId);
  if (choice.startsWith('p')) return carryOut(world, Number(choice.slice(1)));
  const index = Number.parseInt(choice, 10);
  const how = choice.slice(String(index).length);
  // Signals come from outside: neither takes the processor away from anybody.
  if (how === 'x') return die(world, index);
  if (how === 'o') return doom({ ...world, lapsesLeft: world.lapsesLeft - 1, isCalm: false }, index);
  const preemptionsLeft = world.preemptionsLeft - (preempts(index, world) ? 1 : 0);
  return await move({ ...world, last: index, preemptionsLeft }, index, how, actors, rules);
}

async function move(world: World, index: number, how: string, actors: readonly Actor[], rules: Rules): Promise<World> {
  switch (how[0]) {
    case 'l':
      return answerLost(world, index);
    case 'd':
      return sentTwice(world, index);
    case 'u':
      return await settle(await unanswered(world, index, actors), index, actors, rules);
    case '~':
      return await look({ ...world, lagsLeft: world.lagsLeft - 1 }, index, Number(how.slice(1)), actors, rules);
    default: {
      const { call } = actorAt(world, index).place;
      if (call?.kind === 'view' || call?.kind === 'sleep')
        return await look(world, index, world.cluster.revision, actors, rules);
      return await settle(await perform(world, index, actors, rules), index, actors, rules);
    }
  }
}

/** Goes on with what nobody else can see or change. */
export async function settle(world: World, index: number, actors: readonly Actor[], rules: Rules): Promise<World> {
  let now = world;
  for (;;) {
    const { place, state } = actorAt(now, index);
    if (place.failure !== undefined) throw new Violation(`process ${index} failed: ${messageOf(place.failure)}`);
    if (state !== 'runs' || !place.call || !happensAlone(place.call)) return now;
    now = await perform(now, index, actors, rules);
  }
}

/** Who wakes does so to look: nobody can tell the two apart. */
async function look(
  asleep: World,
  index: number,
  upTo: number,
  actors: readonly Actor[],
  rules: Rules,
): Promise<World> {
  const world = await awake(asleep, index, actors);
  const actor = actorAt(world, index);
  const { call } = actor.place;
  if (call?.kind !== 'view') throw new Error(`process ${index} does not look`);
  if (actor.mustLookFurther && call.atLeast <= actor.told)
    throw new Violation(`process ${index} was refused for what it has not seen, and asks for nothing newer`);
  const told = Math.max(actor.told, upTo);
  const events = world.cluster.eventsBetween(actor.told, told);
  const looked = put(world, index, { ...actor, told, mustLookFurther: false });
  return await settle(await answer(looked, index, actors, events), index, actors, rules);
}

async function awake(world: World, index: number, actors: readonly Actor[]): Promise<World> {
  const actor = actorAt(world, index);
  if (actor.place.call?.kind !== 'sleep') return world;
  return await answer(put(world, index, { ...actor, mustLookFurther: false }), index, actors, undefined);
}

async function perform(world: World, index: number, actors: readonly Actor[], rules: Rules): Promise<World> {
  const actor = actorAt(world, index);
  const { call } = actor.place;
  if (!call) return exit(world, index);
  switch (call.kind) {
    case 'commit':
      return await commit(world, index, call.transaction, actors, rules);
    case 'living':
      return await answer(
        world,
        index,
        actors,
        world.published.filter(({ owner }) => isAlive(world, owner)).map(({ claim }) => claim.id),
      );
    case 'lease':
      return await lease(world, index, actors);
    case 'write': {
      const ledger = world.ledger.wrote(index, call.claim, call.token);
      return await answer({ ...world, ledger }, index, actors, undefined);
    }
    case 'publish':
      return await publish(world, index, call.claim, actors);
    case 'inherit':
      return await inherit(world, index, call.id, actors);
    case 'unpublish': {
      const published = world.published.filter(({ claim, owner }) => claim.id !== call.id || owner !== index);
      return await answer({ ...world, published }, index, actors, undefined);
    }
    case 'mark':
      return await answer(marked(world, index, call.mark), index, actors, undefined);
    case 'sleep':
    case 'linger':
    case 'view':
      return await answer(world, index, actors, undefined);
  }
}

async function commit(
  world: World,
  index: number,
  transaction: Transaction,
  actors: readonly Actor[],
  { isUndisturbed }: Rules,
): Promise<World> {
  try {
    const { world: after, committed } = apply(world, transaction, index);
    const isRefused = committed.kind === 'refused';
    if (isUndisturbed && isRefused) throw new Violation(`process ${index} was hindered by what it does not overlap`);
    const told = put(after, index, { ...actorAt(after, index), mustLookFurther: isRefused, isDoubtful: false });
    return await answer(told, index, actors, committed);
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
    const { code, message } = error;
    return await resume(put(world, index, { ...actorAt(world, index), isDoubtful: false }), index, actors, {
      kind: 'error',
      code,
      message,
    });
  }
}

/** @throws LockError where the cluster refuses it; Violation where it takes what is another's */
function apply(
  world: World,
  transaction: Transaction,
  actor: number | undefined,
): { readonly world: World; readonly committed: Committed } {
  const { after, answer: committed } = world.cluster.commit(transaction);
  assertNothingTaken(world, after, actor);
  return { world: { ...world, cluster: after }, committed };
}

/** It is carried out; then it is sent again, to another member. */
function answerLost(world: World, index: number): World {
  const { call } = actorAt(world, index).place;
  if (call?.kind !== 'commit') return world;
  const sent = tolerated(world, () => apply(world, call.transaction, index).world);
  const doubtful = put(sent, index, { ...actorAt(sent, index), isDoubtful: true });
  return { ...doubtful, faultsLeft: doubtful.faultsLeft - 1, isCalm: false };
}

/** Somewhere on its way it waits; meanwhile it is sent again. */
function sentTwice(world: World, index: number): World {
  const { call } = actorAt(world, index).place;
  if (call?.kind !== 'commit') return world;
  const doubtful = put(world, index, { ...actorAt(world, index), isDoubtful: true });
  return {
    ...doubtful,
    late: [...world.late, call.transaction],
    faultsLeft: world.faultsLeft - 1,
    isCalm: false,
  };
}

async function unanswered(world: World, index: number, actors: readonly Actor[]): Promise<World> {
  const { call } = actorAt(world, index).place;
  if (call?.kind !== 'commit') return world;
  const cutOff = { ...world, late: [...world.late, call.transaction], faultsLeft: world.faultsLeft - 1, isCalm: false };
  const message = 'nobody answers';
  return await resume(cutOff, index, actors, { kind: 'error', code: 'etcd-unreachable', message });
}

function carryOut(world: World, at: number): World {
  const transaction = world.late[at];
  const rest: World = { ...world, late: world.late.toSpliced(at, 1) };
  return transaction ? tolerated(rest, () => apply(rest, transaction, undefined).world) : rest;
}

/** Nobody hears of it. */
function tolerated(world: World, change: () => World): World {
  try {
    return change();
  } catch (error) {
    if (error instanceof LockError) return world;
    throw error;
  }
}

async function lease(world: World, index: number, actors: readonly Actor[]): Promise<World> {
  const actor = actorAt(world, index);
  if (actor.lease !== undefined) return await answer(world, index, actors, actor.lease);
  const granted = `L${index}.${actor.leases}` as LeaseId;
  const leased = put(world, index, { ...actor, lease: granted, leases: actor.leases + 1 });
  return await answer({ ...leased, cluster: world.cluster.granted(granted) }, index, actors, granted);
}

/** Through the gate of its store. */
async function publish(world: World, index: number, claim: Claim, actors: readonly Actor[]): Promise<World> {
  const { store } = claim.record;
  const others = world.published.filter((each) => each.claim.record.store === store && isAlive(world, each.owner));
  if (others.some((each) => clash(each.claim, claim))) return await answer(world, index, actors, false);
  const published = [...world.published, { claim, owner: index, isGranted: false }];
  return await answer({ ...world, published }, index, actors, true);
}

/** From then on whoever had it has it no more, and is told when it looks. */
async function inherit(world: World, index: number, id: LockId, actors: readonly Actor[]): Promise<World> {
  const { inheritsHeldOnly } = world;
  const isThere = world.published.some((each) => each.claim.id === id && (each.isGranted || !inheritsHeldOnly));
  if (!isThere) return await answer(world, index, actors, false);
  const published = world.published.map((each) => (each.claim.id === id ? { ...each, owner: index } : each));
  const ledger = world.ledger.without(({ claim }) => claim.id === id);
  return await answer({ ...world, published, ledger }, index, actors, true);
}

function marked(world: World, index: number, mark: Mark): World {
  switch (mark.kind) {
    case 'granted':
      return granted(world, index, mark);
    case 'let-go':
      return {
        ...world,
        ledger: world.ledger.without(({ actor, claim }) => actor === index && claim.id === mark.id),
      };
    case 'blocked': {
      const { claim, obstacle } = mark;
      const pair = obstacle && world.cluster.pairs.get(obstacle.key);
      if (!obstacle || pair?.modRevision !== obstacle.modRevision)
        throw new Violation(`process ${index} is refused for what has gone`);
      const { record, id } = obstacle;
      const isRight = record === undefined || id === claim.id || clash(claim, { id, takesOver: false, record });
      if (!isRight) throw new Violation(`process ${index} is refused for what it may have besides`);
      return world;
    }
    case 'failed':
      if (world.isCalm) throw new Violation(`process ${index} failed: ${mark.message}`);
      return world;
  }
}

function granted(world: World, index: number, mark: Mark & { readonly kind: 'granted' }): World {
  const { claim, token, lease: under, modRevision } = mark;
  const pair = world.cluster.pairs.get(lockKey(claim, keys));
  const isDisowned = world.published.some((each) => each.claim.id === claim.id && each.owner !== index);
  if (isDisowned) return world; // another process of its session has it now: it is told when it looks
  if (pair?.lease !== under || pair.modRevision !== modRevision)
    throw new Violation(`process ${index} believes to hold what is not there`);
  if (pair.createRevision !== token) throw new Violation(`the token of process ${index} is not that of its lock`);
  const ledger = world.ledger.granted({ actor: index, claim, token, lease: under });
  assertNobodyOvertaken(world, index, claim);
  assertNothingDeadStands(world, claim);
  const published = world.published.map((each) => (each.claim.id === claim.id ? { ...each, isGranted: true } : each));
  return { ...world, published, ledger };
}

function die(world: World, index: number): World {
  const doomed = doom({ ...world, crashesLeft: world.crashesLeft - 1 }, index);
  return put(doomed, index, { ...actorAt(doomed, index), state: 'crashed' });
}

/** It counts as lost before the cluster gives it away. */
function doom(world: World, index: number): World {
  const actor = actorAt(world, index);
  const { lease: over } = actor;
  const ledger = world.ledger.without((holder) => holder.actor === index);
  if (over === undefined) return { ...world, ledger };
  return { ...put(world, index, { ...actor, lease: undefined }), ledger, doomed: [...world.doomed, over] };
}

function expire(world: World, over: LeaseId): World {
  return {
    ...world,
    cluster: world.cluster.ended(over),
    doomed: world.doomed.filter((each) => each !== over),
  };
}

/** It gives up its lease, under which nothing should stand any more. */
function exit(world: World, index: number): World {
  const actor = actorAt(world, index);
  const { lease: last } = actor;
  if (last !== undefined && world.isCalm && world.cluster.keysOf(last).length > 0)
    throw new Violation(`process ${index} has left something`);
  const ended = put(world, index, { ...actor, state: 'ended', lease: undefined });
  const ledger = world.ledger.without((holder) => holder.actor === index);
  return { ...ended, ledger, cluster: last === undefined ? world.cluster : world.cluster.ended(last) };
}

function isAlive({ actors }: World, index: number): boolean {
  return actors[index]?.state === 'runs';
}

async function answer(world: World, index: number, actors: readonly Actor[], value: unknown): Promise<World> {
  return await resume(world, index, actors, { kind: 'value', value });
}

async function resume(world: World, index: number, actors: readonly Actor[], outcome: Outcome): Promise<World> {
  const actor = actorAt(world, index);
  const place = (await actors[index]?.next(actor.place, outcome)) ?? actor.place;
  return put(world, index, { ...actor, place });
}

function put(world: World, index: number, actor: ActorState): World {
  return { ...world, actors: world.actors.with(index, actor) };
}

function actorAt({ actors }: World, index: number): ActorState {
  const actor = actors[index];
  if (!actor) throw new Error(`there is no process ${index}`);
  return actor;
}
