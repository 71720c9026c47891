/**
 * Rules 3 and 5 at every state: should everybody be killed now, a newcomer can list, gets every scope, and leaves a store
 * in which nothing is left but what belongs there.
 */
import * as path from 'node:path';
import { Actor, type Program } from './actor.ts';
import { Violation } from './ledger.ts';
import { newcomer } from './programs.ts';
import { identityOf, rootUid } from './call.ts';
import { layout } from './place.ts';
import { begin, choicesOf, stepTo, type Rules, type World } from './world.ts';

const newcomerPid = 99;
const alone: Rules = { crashes: 0, ticks: 0, may: new Set(['delete', 'sweep', 'wait']) };

/** It waits for nobody, because nobody is left; a conflict is a violation. */
const visit: Program = newcomer(function* (self) {
  yield* self.list();
  yield* self.acquire('');
  yield* self.renew();
  yield* self.release();
});

/** Kernels that were looked at already. */
const passed = new Set<string>();

/** @throws Violation */
export function checkEnd({ kernel, actors: before }: World, isOver: boolean, rules: Rules): void {
  if (isOver && before.some(({ state, place }) => state === 'runs' && place.operation?.name !== 'linger'))
    throw new Violation('nobody can go on');
  if (rules.isLeftToPeople) return;
  const after = kernel.fork();
  after.killAll();
  const key = `${rules.containers === true} ${after.key()}`;
  if (passed.has(key)) return;
  passed.add(key);
  // Where users differ, the next of each would clear what is his.
  const identity = identityOf(newcomerPid, rules);
  const actors = [new Actor(rules.foreigners ? { ...identity, uid: rootUid } : identity, visit)];
  let world = begin(after, actors, alone);
  let entered = false;
  for (let choice = choicesOf(world, alone)[0]; choice !== undefined; choice = choicesOf(world, alone)[0]) {
    if (choice === 't') throw new Violation('with everybody dead, a newcomer has to wait');
    world = stepTo(world, choice, actors, alone);
    entered ||= world.ledger.holders.length > 0;
  }
  if (!entered) throw new Violation('with everybody dead, a newcomer is refused');
  const left = leftovers(world);
  if (left.length > 0)
    throw new Violation(`with everybody dead, and a newcomer gone, there is left: ${left.join(', ')}`);
}

/** Records, temporary files, tickets, and the holds of others; a newcomer's own hold goes with the next one. */
function leftovers({ kernel }: World): readonly string[] {
  const left: string[] = [];
  for (const [name] of kernel.files()) {
    const folder = path.dirname(name);
    const base = path.basename(name);
    if (name === layout.gate || base === '.gitignore') continue;
    if (folder === layout.alive && base.includes(String(newcomerPid).padStart(4, '0'))) continue;
    // little-loops writes in place: what it left half-written is no lock, and stays.
    const isOurs = folder === layout.running && (base.startsWith('wlock-') || base.endsWith('.tmp'));
    if (isOurs || folder === layout.alive || folder === layout.queue) left.push(base);
  }
  return left;
}
