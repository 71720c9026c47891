/**
 * Our queue (DESIGN 6.1, Queue): one ticket a waiting request, numbered inside the gate. A ticket is written like a lock
 * record, because it says the same things: who wants what, in which mode, and which process waits for it.
 */
import * as path from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import type { LockId } from '../../core/lock.ts';
import { judge, type Facts } from '../../core/verdict.ts';
import type { Waiter, WaiterId } from '../../core/waiter.ts';
import { sys, type Steps } from '../../os/os.ts';
import { largestTicket, readTicketName, ticketName, type StoreLayout } from './layout.ts';
import { gatherFacts, holderOf, lineageOf, scopeOf, type Observer } from './observe.ts';
import { isThere, readOwnFolder } from './ownFolder.ts';
import { writeFresh } from './publish.ts';
import type { encodeRecord, LockRecord } from './record.ts';
import { readFound } from './scan.ts';
import { notWritable } from './storeNotWritable.ts';

/** A ticket as its name tells it; what is in it is read only where it matters. */
export interface Ticket {
  readonly number: number;
  readonly id: WaiterId;
  readonly file: string;
  /** Absolute path of the mark that its waiter is idle, where there is one. */
  readonly idleMark?: string;
}

/** The tickets in the order in which they are served. A store without a queue has none. */
export function* readQueue(layout: StoreLayout): Steps<readonly Ticket[]> {
  const names = yield* readOwnFolder(layout.queue);
  const marks = new Set<string>();
  const tickets: { number: number; id: string; file: string }[] = [];
  for (const { name } of names) {
    const read = readTicketName(name);
    if (read?.isMark) marks.add(read.id);
    else if (read) tickets.push({ number: read.number, id: read.id, file: path.join(layout.queue, name) });
  }
  return tickets
    .sort((a, b) => a.number - b.number || (a.id < b.id ? -1 : 1))
    .map(({ number, id, file }) => ({
      number,
      id: id as LockId,
      file,
      ...(marks.has(id) ? { idleMark: path.join(layout.queue, ticketName(number, id, 'idle')) } : {}),
    }));
}

/** Who takes a lock must see who waits, or he would overtake them all. @throws LockError `store-not-writable` */
export function* assertQueue(layout: StoreLayout): Steps<void> {
  try {
    if (yield* isThere(layout.queue)) yield* sys('readdir', layout.queue);
  } catch (error) {
    throw systemErrorCode(error) === undefined ? error : notWritable(layout.queue, error);
  }
}

/** What stands in a ticket; undefined for one that has gone, or is none. */
export function* readTicket(ticket: Ticket): Steps<LockRecord | undefined> {
  const found = yield* readFound(ticket.file, '', false);
  const record = found?.content.kind === 'record' ? found.content.record : undefined;
  return record?.extra?.id === ticket.id && record.extra.ticket === ticket.number ? record : undefined;
}

/** A ticket with its waiter's verdict; undefined for one that has gone, or is none. */
export function* observeTicket(ticket: Ticket, observer: Observer): Steps<Waiter | undefined> {
  const info = yield* sys('lstat', ticket.file); // tickets never change, so it does not matter which came first
  const record = yield* readTicket(ticket);
  const extra = record?.extra;
  if (!info || !extra) return undefined;
  const {
    verdict,
    reason: verdictReason,
    evidence,
  } = judge({ kind: 'record', facts: yield* factsOf(record, observer) });
  return {
    id: ticket.id,
    protocol: 'loops',
    ticket: ticket.number,
    holder: holderOf(record),
    scope: scopeOf(record, observer.layout.root),
    mode: extra.mode,
    since: record.startedAt,
    ...(extra.reason === undefined ? {} : { reason: extra.reason }),
    session: extra.session,
    verdict,
    verdictReason,
    evidence,
    mine: observer.sessions.has(extra.session),
    sameUser: info.uid === observer.identity.uid,
    idle: ticket.idleMark !== undefined,
    lineage: verdict === 'live' ? yield* lineageOf(record, observer) : [],
    file: ticket.file,
  };
}

/**
 * A waiter's hold may outlive it in a command that inherited it, and that command waits for nothing. So where its pid
 * means something here, the pid decides, and the hold only where it does not: in another container.
 */
function* factsOf(record: LockRecord, observer: Observer): Steps<Facts> {
  const facts = yield* gatherFacts(record, observer, 'without-hold'); // a probe may cost a process
  const isElsewhere = facts.otherMachine !== undefined || facts.otherNamespace !== undefined;
  return isElsewhere ? yield* gatherFacts(record, observer, 'with-hold') : facts;
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
