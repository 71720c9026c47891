/** Holds the ledger and the store against the rules, at each step. */
import * as path from 'node:path';
import type { Outcome } from './actor.ts';
import type { Kernel } from './kernel.ts';
import { Violation, type Ledger } from './ledger.ts';
import type { SimOperation } from './operations.ts';
import { layout } from './place.ts';

interface State {
  readonly kernel: Kernel;
  readonly ledger: Ledger;
}

/** Rules 2 and 4: who removes which record. `world.kernel` has been changed already, the ledger not. */
export function watchLedger(operation: SimOperation, world: State, pid: number, outcome: Outcome): Ledger {
  const { ledger } = world;
  switch (operation.name) {
    case 'mark':
      return ledger.note(operation.args[0], pid, {
        dead: world.kernel.dead(),
        hasRecord: (id) => hasRecord(world.kernel, stemOf(id)),
      });
    case 'removeTree':
    case 'removeRecords':
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
      if (outcome.kind === 'value' && outcome.value === true) assertMayRemove(operation.args[0], world, pid);
      return ledger;
    default:
      return ledger;
  }
}

/** Rule 6: who publishes a lock while somebody waits before him, whose process lives and was not marked idle. */
export function assertNobodyOvertaken(from: string, to: string, { kernel }: State, pid: number): void {
  // Once a second has passed, a waiter may have been passed over, and have run again since.
  if (path.dirname(to) === layout.queue) assertLast(to, kernel);
  if (path.dirname(to) !== layout.running || kernel.monotonic > 0) return;
  const text = kernel.textOf(from);
  if (text === undefined) return;
  const { wlock } = JSON.parse(text) as { wlock: { id: string; mode: string } };
  if (hasRecord(kernel, wlock.id)) return; // a renewal
  const isShared = wlock.mode === 'shared';
  const tickets = ticketsIn(kernel);
  const own = tickets.find((ticket) => ticket.pid === pid);
  const overtaken = tickets.find(
    (ticket) =>
      ticket.number < (own?.number ?? Infinity) &&
      !ticket.isIdle &&
      kernel.isAlive(ticket.pid) &&
      !(ticket.isShared && isShared),
  );
  if (overtaken) throw new Violation(`process ${pid} overtook the waiter ${overtaken.pid}`);
}

/** Who comes later has the larger number: the order is that of coming, whatever the numbers say. */
function assertLast(ticket: string, kernel: Kernel): void {
  const number = Number.parseInt(path.basename(ticket), 10);
  if (ticketsIn(kernel).some((earlier) => earlier.number >= number))
    throw new Violation(`${ticket} is not the last in the queue`);
}

interface SimTicket {
  readonly number: number;
  readonly pid: number;
  readonly isShared: boolean;
  readonly isIdle: boolean;
}

/** In the scenarios with a queue, all who wait compete. */
function ticketsIn(kernel: Kernel): readonly SimTicket[] {
  const tickets: SimTicket[] = [];
  for (const [name, text] of kernel.files()) {
    if (path.dirname(name) !== layout.queue || !name.endsWith('.json')) continue;
    const { pid, wlock } = JSON.parse(text) as { pid: number; wlock: { mode: string } };
    const isIdle = kernel.lstat(name.replace('.json', '.idle')) !== undefined;
    tickets.push({ number: Number.parseInt(path.basename(name), 10), pid, isShared: wlock.mode === 'shared', isIdle });
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

/** The name of a little-loops record, of the id that tells its sections apart. */
function stemOf(id: string): string {
  return id.split('#')[0] ?? '';
}

function hasRecord(kernel: Kernel, id: string): boolean {
  for (const [name, text] of kernel.files()) {
    if (path.dirname(name) === layout.running && name.endsWith('.lock') && (text.includes(id) || name.includes(id)))
      return true;
  }
  return false;
}
