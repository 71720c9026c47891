/** Locks as text on a terminal. Everything that comes from a record is escaped. */
import { escapeForDisplay } from '../core/display.ts';
import type { Lock } from '../core/lock.ts';
import { describeEntry } from '../core/scope/describeEntry.ts';
import { adviceFor, formatAge, verdictSentence } from '../core/sentences.ts';

const maxNameChars = 60;

export function holderText(lock: Lock): string {
  return escapeForDisplay(lock.holder.name, maxNameChars);
}

/** The id as it is typed back; little-loops' own come from file names, which may hold anything. */
export function idText(lock: Lock): string {
  return escapeForDisplay(lock.id, 120);
}

export function scopeText(lock: Lock, root: string): string {
  if (lock.verdictReason === 'unreadable') return 'everything (unreadable)';
  if (lock.scope.length === 0) return '(nothing)';
  const shown = lock.scope.slice(0, 3).map((entry) => describeEntry(entry, root));
  return lock.scope.length > shown.length
    ? `${shown.join(', ')} and ${lock.scope.length - shown.length} more`
    : shown.join(', ');
}

/** Why a request was refused: every blocking lock, who has it, how we know, and what to do. */
export function conflictText(locks: readonly Lock[], root: string, now: number): string {
  const lines = locks.flatMap((lock) => [
    `  ${scopeText(lock, root)}: ${holderText(lock)}, for ${formatAge(lock, now)} (${idText(lock)})`,
    `    ${verdictSentence(lock)} ${adviceFor(lock)}`,
  ]);
  return `Locked by somebody else:\n${lines.join('\n')}\n`;
}

/** A table with aligned columns, no borders. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
