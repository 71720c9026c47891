/** Holds the ledger and the store against the rules, at each step. */
import * as path from 'node:path';
import type { DirectoryEntry } from '../../src/os/os.ts';
import type { Outcome, Place } from './actor.ts';
import type { Kernel } from './kernel.ts';
import { conflicts, Violation, type Ledger } from './ledger.ts';
import type { SimOperation } from './operations.ts';
import { layout, toolFile, toolStem } from './place.ts';

const idleMark = '.idle';

interface State {
  readonly kernel: Kernel;
  readonly ledger: Ledger;
}

/** Rules 2 and 4: who removes which record. `world.kernel` has been changed already, the ledger not. */
export function watchLedger(operation: SimOperation, world: State, pid: number, outcome: Outcome): Ledger {
  const { ledger } = world;
  switch (operation.name) {
    case 'mark':
      if (operation.args[0].kind === 'entered') assertOutOfQueue(operation.args[0].id, world.kernel);
      return ledger.note(operation.args[0], pid, {
        dead: world.kernel.dead(),
        hasRecord: (id, owner) => hasRecord(world.kernel, stemOf(id), owner),
      });
    case 'removeTree':
      return ledger.holders.reduce((robbed, { id }) => robbed.rob(id), ledger).vandalized();
    case 'releaseBlindly': {
      const { kernel } = world;
      const robbed = ledger.holders.filter((holder) => holder.pid !== pid && !hasRecord(kernel, stemOf(holder.id)));
      return robbed.reduce((now, { id }) => now.rob(id), ledger);
    }
    case 'rename': // over another record
      assertMayRemove(operation.args[1], world, pid);
      return ledger;
    case 'unlink':
    case 'unlinkDead': // what we publish must not look dead to little-loops
      if (outcome.kind !== 'value' || outcome.value !== true) return ledger;
      assertMayRemove(operation.args[0], world, pid);
      assertMayClear(operation.args[0], world, pid);
      return handedOver(ledger, world.kernel, pid);
    default:
      return ledger;
  }
}

/**
 * Rule 6: who publishes a lock while somebody waits before him whose process lives. One that he saw marked idle while he
 * was inside the gate, or marked himself, may have taken the mark away since: it is passed over all the same.
 */
export function assertNobodyOvertaken(
  from: string,
  to: string,
  { kernel, ledger }: State,
  pid: number,
  place: Place,
): void {
  if (path.dirname(to) === layout.queue && !ledger.isVandalized) assertLast(to, kernel);
  if (path.dirname(to) !== layout.running) return;
  const text = kernel.textOf(from);
  if (text === undefined) return;
  const { wlock } = JSON.parse(text) as { wlock: { id: string; mode: string; scope: [{ path: string }] } };
  if (hasRecord(kernel, wlock.id)) return; // a renewal
  const claim = { path: wlock.scope[0].path, shared: wlock.mode === 'shared' };
  const tickets = ticketsIn(kernel);
  const own = tickets.find((ticket) => ticket.pid === pid);
  const passed = seenIdle(place);
  const overtaken = tickets.find(
    (ticket) =>
      ticket.number < (own?.number ?? Infinity) &&
      !passed.has(ticket.stem) &&
      kernel.isAlive(ticket.pid) &&
      conflicts(ticket, claim) &&
      ledger.rivalOf(ticket, ticket.pid)?.pid !== pid, // it waits for what this process gives back only afterwards
  );
  if (overtaken) throw new Violation(`process ${pid} overtook the waiter ${overtaken.pid}`);
}

/** Whose record has gone, and has a successor of this process: the lock is this one's from here on, and he will be told. */
function handedOver(ledger: Ledger, kernel: Kernel, pid: number): Ledger {
  return ledger.holders
    .filter((each) => each.pid !== pid && hasRecord(kernel, each.id, pid) && !hasRecord(kernel, each.id, each.pid))
    .reduce((now, { id }) => now.handedTo(id, pid), ledger);
}

/** The tickets whose idle marks a process has seen, or made, since it entered the gate. */
function seenIdle(place: Place): ReadonlySet<string> {
  const stems = new Set<string>();
  const add = (name: string): void => {
    if (name.endsWith(idleMark)) stems.add(path.basename(name, idleMark));
  };
  for (let at = place; at.before; at = at.before.place) {
    const { outcome } = at.before;
    const { operation } = at.before.place;
    if (operation?.name === 'openLocked' && operation.args[0] === layout.gate) break;
    if (operation?.name === 'open') add(operation.args[0]);
    if (operation?.name !== 'readdir' || operation.args[0] !== layout.queue || outcome.kind !== 'value') continue;
    for (const { name } of (outcome.value ?? []) as readonly DirectoryEntry[]) add(name);
  }
  return stems;
}

/** Who marks a waiter idle passes it over, and so may do it only to one that could have gone for a second. */
export function assertMayPassOver(mark: string, { kernel, ledger }: State, pid: number): void {
  if (path.dirname(mark) !== layout.queue || !mark.endsWith(idleMark)) return;
  const ticket = ticketsIn(kernel).find(({ stem }) => stem === path.basename(mark, idleMark));
  if (!ticket) return;
  // Since when it could have gone nobody has written down; before any time has passed, it was for less than a second.
  if (kernel.monotonic === 0) throw new Violation(`process ${pid} passed over the waiter ${ticket.pid} at once`);
  const stopping = ledger.rivalOf(ticket, ticket.pid);
  if (stopping) throw new Violation(`process ${pid} passed over the waiter ${ticket.pid}, which ${stopping.id} stops`);
}

/** Who goes to sleep in the queue, and has seen all that there is, is not marked as one that is stopped. */
export function assertUnmarked(pid: number, kernel: Kernel): void {
  if (ticketsIn(kernel).some((ticket) => ticket.pid === pid && ticket.isIdle))
    throw new Violation(`process ${pid} runs again, and leaves it that it is marked idle`);
}

/** Who has its lock waits for it no more. */
function assertOutOfQueue(id: string, kernel: Kernel): void {
  const left = ticketsIn(kernel).find(({ stem }) => stem.endsWith(id));
  if (left) throw new Violation(`${id} was granted, and still stands in the queue`);
}

/** Who sleeps in the queue, and is not about to wake up, has a place of its own. */
export function assertPlaceOf(pid: number, kernel: Kernel): void {
  const tickets = ticketsIn(kernel);
  for (const own of tickets.filter((ticket) => ticket.pid === pid)) {
    if (tickets.some((other) => other !== own && other.number === own.number))
      throw new Violation(`process ${pid} waits in a place that is not its alone`);
  }
}

/** Who comes later has the larger number: the order is that of coming, whatever the numbers say. */
function assertLast(ticket: string, kernel: Kernel): void {
  const number = Number.parseInt(path.basename(ticket), 10);
  if (ticketsIn(kernel).some((earlier) => earlier.number >= number))
    throw new Violation(`${ticket} is not the last in the queue`);
}

interface SimTicket {
  readonly stem: string;
  readonly number: number;
  readonly path: string;
  readonly pid: number;
  readonly shared: boolean;
  readonly isIdle: boolean;
}

function ticketsIn(kernel: Kernel): readonly SimTicket[] {
  const tickets: SimTicket[] = [];
  for (const [name, text] of kernel.files()) {
    if (path.dirname(name) !== layout.queue || !name.endsWith('.json')) continue;
    const { pid, wlock } = JSON.parse(text) as { pid: number; wlock: { mode: string; scope: [{ path: string }] } };
    const stem = path.basename(name, '.json');
    const isIdle = kernel.lstat(path.join(layout.queue, stem + idleMark)) !== undefined;
    const shared = wlock.mode === 'shared';
    tickets.push({ stem, number: Number.parseInt(stem, 10), pid, path: wlock.scope[0].path, shared, isIdle });
  }
  return tickets;
}

/** The names of records of holders that live are known by now: whoever took one away without leave broke rule 2 or 4. */
function assertMayRemove(file: string, { ledger, kernel }: State, pid: number): void {
  if (path.dirname(file) !== layout.running || !file.endsWith('.lock')) return;
  for (const holder of ledger.holders) {
    if (holder.isRobbed || holder.pid === pid || hasRecord(kernel, stemOf(holder.id))) continue;
    throw new Violation(`process ${pid} removed the record of ${holder.id}, whose holder lives: ${file}`);
  }
}

/** Places in little-loops' queue, which goes by the living; and requests to holders, which only they take away. */
function assertMayClear(file: string, { ledger, kernel }: State, pid: number): void {
  const name = path.basename(file, '.json');
  if (path.dirname(file) === layout.theirQueue && Number(name) !== pid && kernel.isAlive(Number(name)))
    throw new Violation(`process ${pid} removed the place of process ${name} in little-loops' queue`);
  if (path.dirname(file) !== layout.requests) return;
  const holder = ledger.holder(name);
  if (holder && !holder.isRobbed && holder.pid !== pid)
    throw new Violation(`process ${pid} removed a request to ${name}, whose holder lives`);
}

/** The name of a little-loops record, of the id that tells its sections apart. */
function stemOf(id: string): string {
  return id.split('#')[0] ?? '';
}

function hasRecord(kernel: Kernel, id: string, owner?: number): boolean {
  if (id === toolStem) return kernel.lstat(toolFile) !== undefined;
  for (const [name, text] of kernel.files()) {
    if (!name.startsWith(`${layout.running}/`) || !name.endsWith('.lock')) continue;
    const isOwners = owner === undefined || text.includes(`"pid":${owner},`);
    if (isOwners && (text.includes(id) || name.includes(id))) return true;
  }
  return false;
}
