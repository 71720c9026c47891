/** Tables for people who look at a terminal. */
import type { Part, Table, Target } from './part.ts';

export function printPart({ title, tables }: Part): void {
  console.log(`\n== ${title}`);
  for (const table of tables) console.log(`\n${textOf(table)}`);
}

export function printTargets(targets: readonly Target[]): void {
  const rows = targets.map(({ what, target, measured, isMet }) => [what, target, measured, isMet ? 'met' : 'NOT MET']);
  console.log(
    `\n${textOf({ title: 'Targets', notes: [], textColumns: 2, columns: ['what', 'target', 'measured', ''], rows })}`,
  );
}

function textOf({ title, textColumns, columns, rows }: Table): string {
  const widths = columns.map((_, i) => Math.max(...[columns, ...rows].map((row) => row[i]?.length ?? 0)));
  const lineOf = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i < textColumns ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [title, lineOf(columns), ...rows.map(lineOf)].join('\n');
}
