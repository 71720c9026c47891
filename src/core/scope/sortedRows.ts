export interface Row {
  readonly key: string;
}

/** An immutable array of rows, sorted by key (UTF-16 order); rows of one key keep the order in which they came. */
export class SortedRows<R extends Row> {
  readonly #rows: readonly R[];

  private constructor(rows: readonly R[]) {
    this.#rows = rows;
  }

  static empty<R extends Row>(): SortedRows<R> {
    return new SortedRows<R>([]);
  }

  /** The rows of exactly this key. */
  at(key: string): readonly R[] {
    const start = this.#lowerBound(key);
    let end = start;
    while (this.#rows[end]?.key === key) end++;
    return start === end ? [] : this.#rows.slice(start, end);
  }

  /** The rows of all paths below a directory, not those of the directory itself. */
  below(directory: string): readonly R[] {
    // Paths below begin with the directory and a slash; `0` is the character after the slash, NUL comes before all names.
    const prefix = directory === '/' ? '' : directory;
    return this.#rows.slice(this.#lowerBound(`${prefix}/\0`), this.#lowerBound(`${prefix}0`));
  }

  /** Without the rows that are gone, and with others. One pass over the rows, or less. */
  changed(isGone: ((row: R) => boolean) | undefined, added: readonly R[]): SortedRows<R> {
    const kept = isGone === undefined ? this.#rows : without(this.#rows, isGone);
    if (added.length === 0) return kept === this.#rows ? this : new SortedRows(kept);
    if (added.length > MAX_SINGLE_CHANGES) return new SortedRows(mergeSorted(kept, added.toSorted(byKey)));
    return added.reduce((rows, row) => rows.#inserted(row), new SortedRows(kept));
  }

  #inserted(row: R): SortedRows<R> {
    return new SortedRows(this.#rows.toSpliced(this.#lowerBound(`${row.key}\0`), 0, row));
  }

  /** The index of the first row whose key is not below `key`. */
  #lowerBound(key: string): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = this.#rows[middle];
      if (row !== undefined && row.key < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Up to here some plain copies of the array are cheaper than one pass with a call for each row. */
const MAX_SINGLE_CHANGES = 8;

/** The same array if nothing is gone. */
function without<R>(rows: readonly R[], isGone: (row: R) => boolean): readonly R[] {
  const gone: number[] = [];
  rows.forEach((row, i) => {
    if (isGone(row)) gone.push(i);
  });
  if (gone.length > MAX_SINGLE_CHANGES) return rows.filter((row) => !isGone(row));
  return gone.reduceRight((kept, i) => kept.toSpliced(i, 1), rows);
}

function byKey(a: Row, b: Row): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

function mergeSorted<R extends Row>(kept: readonly R[], added: readonly R[]): R[] {
  if (kept.length === 0) return [...added];
  const merged: R[] = [];
  let from = 0;
  for (const row of added) {
    for (let next = kept[from]; next !== undefined && next.key <= row.key; next = kept[from]) {
      merged.push(next);
      from++;
    }
    merged.push(row);
  }
  return merged.concat(kept.slice(from));
}
