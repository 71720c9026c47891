/** Two texts' differing lines, for people who decide over a change. Pure. */

/** Beyond it, what differs is shown as a whole; the table of two long texts would fill the memory. */
const mostCells = 4_000_000;

/** `- gone` and `+ come` in their order, a line each; empty where nothing differs. */
export function lineDiff(before: string, after: string): string {
  const [old, now] = withoutCommonEnds(linesOf(before), linesOf(after));
  const shown: string[] = [];
  const common = old.length * now.length > mostCells ? undefined : longestCommon(old, now);
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (common && i < old.length && j < now.length && old[i] === now[j]) {
      i++;
      j++;
    } else if (i < old.length && (j === now.length || !common || at(common, i + 1, j) >= at(common, i, j + 1))) {
      shown.push(`- ${old[i++]}\n`);
    } else {
      shown.push(`+ ${now[j++]}\n`);
    }
  }
  return shown.join('');
}

type Lines = readonly string[];

/** The end of the last line begins no further one. */
function linesOf(text: string): Lines {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function withoutCommonEnds(old: Lines, now: Lines): readonly [Lines, Lines] {
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old[start] === now[start]) start++;
  let end = 0;
  while (end < shorter - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  return [old.slice(start, old.length - end), now.slice(start, now.length - end)];
}

/** How many lines the rests from (i, j) on have in common, at best. */
interface Table {
  readonly cells: Uint32Array;
  readonly width: number;
}

function at({ cells, width }: Table, i: number, j: number): number {
  return cells[i * width + j] ?? 0;
}

function longestCommon(old: Lines, now: Lines): Table {
  const width = now.length + 1;
  const table = { cells: new Uint32Array((old.length + 1) * width), width };
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      table.cells[i * width + j] =
        old[i] === now[j] ? at(table, i + 1, j + 1) + 1 : Math.max(at(table, i + 1, j), at(table, i, j + 1));
    }
  }
  return table;
}
