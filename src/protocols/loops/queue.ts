/**
 * Our queue (DESIGN 6.1, Queue): one ticket a waiting request, numbered inside the gate. A ticket is written like a lock
 * record, because it says the same things: who wants what, in which mode, and which process waits for it.
 */
import * as path from 'node:path';
import type { LockId } from '../../core/lock.ts';
import { judge, type Facts } from '../../core/verdict.ts';
import type { Waiter, WaiterId } from '../../core/waiter.ts';
import { sys, type Steps } from '../../os/os.ts';
import { readTicketName, ticketName, type StoreLayout } from './layout.ts';
import { gatherFacts, holderOf, lineageOf, scopeOf, type Observer } from './observe.ts';
import { readOwnFolder } from './ownFolder.ts';
import type { LockRecord } from './record.ts';
import { readFound } from './scan.ts';

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
