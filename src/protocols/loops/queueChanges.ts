/** Places in our queue: taken, marked, given up and swept. */
import * as path from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import type { LockId } from '../../core/lock.ts';
import { sys, type Steps } from '../../os/os.ts';
import type { encodeRecord } from './encodeRecord.ts';
import { largestTicket, readTicketName, ticketName, type StoreLayout } from './layout.ts';
import type { Observer } from './observe.ts';
import { isThere, readOwnFolder } from './ownFolder.ts';
import { writeFresh } from './publish.ts';
import { observeTicket, readQueue, readTicket, type Ticket } from './queue.ts';
import { notWritable } from './storeNotWritable.ts';

/** Who takes a lock must see who waits, or he would overtake them all. @throws LockError `store-not-writable` */
export function* assertQueue(layout: StoreLayout): Steps<void> {
  try {
    if (yield* isThere(layout.queue)) yield* sys('readdir', layout.queue);
  } catch (error) {
    throw systemErrorCode(error) === undefined ? error : notWritable(layout.queue, error);
  }
}

/**
 * Above every ticket that is one. A name alone counts for nothing: one with the largest number, which nobody may be able to
 * delete, would leave no room above it, and give all who come later the same place. Nor does a ticket with that number,
 * which was never counted so far. A ticket's owner may take it away between the listing and this look, and then it is
 * no longer in the queue; its number is skipped all the same, as is that of a name that is no ticket.
 */
function* nextNumber(tickets: readonly Ticket[]): Steps<number> {
  let number = 1;
  for (const ticket of tickets.toReversed()) {
    if (ticket.number === largestTicket || !(yield* readTicket(ticket))) continue;
    number = ticket.number + 1;
    break;
  }
  const taken = new Set(tickets.map((ticket) => ticket.number));
  while (taken.has(number)) number++;
  return Math.min(number, largestTicket);
}

/** Takes the next number and writes the ticket. Inside the gate only, so that no two requests get the same place. */
export function* enqueue(
  layout: StoreLayout,
  tickets: readonly Ticket[],
  record: Parameters<typeof encodeRecord>[0],
): Steps<Ticket> {
  const number = yield* nextNumber(tickets);
  const { id } = record.extra;
  const file = path.join(layout.queue, ticketName(number, id, 'json'));
  yield* sys('mkdir', layout.queue);
  yield* writeFresh(layout.queue, file, { ...record, extra: { ...record.extra, ticket: number } });
  return { number, id, file };
}

/** Its owner's goodbye, or the end of a dead waiter's ticket inside the gate: the name is nobody else's. */
export function* removeTicket(ticket: Ticket): Steps<void> {
  try {
    if (ticket.idleMark !== undefined) yield* sys('unlink', ticket.idleMark);
    yield* sys('unlink', ticket.file);
  } catch (error) {
    ignoreSystemError(error); // another user's, in a sticky directory: it is judged dead again each time
  }
}

/** Marks that a waiter could have gone and did not, for all who look; inside the gate only. */
export function* markIdle(layout: StoreLayout, { number, id }: Ticket): Steps<void> {
  try {
    yield* sys('close', yield* sys('open', path.join(layout.queue, ticketName(number, id, 'idle')), 'create'));
  } catch (error) {
    ignoreSystemError(error); // then everybody waits the second himself
  }
}

/** A waiter that runs again takes the mark away, and has its place back. */
export function* clearIdle(ticket: Ticket): Steps<void> {
  if (ticket.idleMark === undefined) return;
  try {
    yield* sys('unlink', ticket.idleMark);
  } catch (error) {
    ignoreSystemError(error);
  }
}

/** Tickets of the dead, marks of tickets that have gone, and half-written ones. Inside the gate only. */
export function* sweepQueue(observer: Observer): Steps<void> {
  const { layout } = observer;
  const tickets = yield* readQueue(layout);
  for (const ticket of tickets) {
    const waiter = yield* observeTicket(ticket, observer);
    if (!waiter || waiter.verdict === 'stale') yield* removeTicket(ticket);
  }
  const waiting = new Set(tickets.map(({ id }) => id));
  for (const { name } of yield* readOwnFolder(layout.queue)) {
    const read = readTicketName(name);
    const isLeftover = read ? read.isMark && !waiting.has(read.id as LockId) : name.endsWith('.tmp');
    if (!isLeftover) continue;
    try {
      yield* sys('unlink', path.join(layout.queue, name));
    } catch (error) {
      ignoreSystemError(error); // a folder of that name, or another user's file: in nobody's way
    }
  }
}

function ignoreSystemError(error: unknown): void {
  if (systemErrorCode(error) === undefined) throw error;
}
