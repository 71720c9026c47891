/** Locks as text on a terminal. Everything that comes from a record is escaped. */
import { stripVTControlCharacters } from 'node:util';
import { escapeForDisplay } from '../core/display.ts';
import type { Lock } from '../core/lock.ts';
import {
  adviceFor,
  deadlockAdvice,
  deadlockSentence,
  describeLock,
  describeScope,
  formatAge,
  holderOf,
  nameOf,
  verdictSentence,
  waiterSentence,
} from '../core/sentences.ts';
import type { Conflict } from '../protocols/protocol.ts';

/** The id as it is typed back; little-loops' own come from file names, which may hold anything. */
export function idText(lock: Lock): string {
  return escapeForDisplay(lock.id, 120);
}

/** Every blocking lock, who has it, how we know, and what to do. */
export function locksText(locks: readonly Lock[], root: string, now: number): string {
  const lines = locks.flatMap((lock) => [
    `  ${describeLock(lock, root)}: ${holderOf(lock)}, for ${formatAge(lock, now)} (${idText(lock)})`,
    `    ${verdictSentence(lock)} ${isOwnWindows(lock) ? 'You took it in VS Code: release it there.' : adviceFor(lock)}`,
  ]);
  return `Locked by somebody else:\n${lines.join('\n')}\n`;
}

/** A window's lock is held by a keeper of its own session, so that a terminal in it is somebody else. */
function isOwnWindows({ holder, sameUser, verdict }: Lock): boolean {
  return verdict === 'live' && sameUser && holder.tool === 'VS Code';
}

/** Whoever has hundreds before him wants to know of the first. */
const mostWaiters = 5;

/** Why a request was refused, or what it waits for. */
export function conflictText({ locks, waiters, deadlock }: Conflict, root: string, now: number): string {
  const ahead = waiters
    .slice(0, mostWaiters)
    .map((waiter) => `  ${describeScope(waiter.scope, root)}: ${nameOf(waiter)}. ${waiterSentence(waiter, now)}\n`);
  if (locks.length + waiters.length === 0)
    return 'Another tool was faster, each time, and has let go again. Try again, or wait with --wait.\n';
  return [
    locks.length > 0 ? locksText(locks, root, now) : '',
    ahead.length > 0 ? `Somebody else waits for it and comes first:\n${ahead.join('')}` : '',
    waiters.length > ahead.length ? `  and ${waiters.length - ahead.length} more\n` : '',
    deadlock ? `${deadlockSentence(deadlock, root)}\n  ${deadlockAdvice}\n` : '',
  ].join('');
}

/** A table with aligned columns, no borders. A colour takes no room. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}
