import { type Area, areasOf } from './area.ts';
import { areasOverlap } from './areaOverlap.ts';
import { areaCovers } from './covers.ts';
import type { Scope } from './entry.ts';
import { type CaseRule, foldText } from './foldCase.ts';
import { parentOf } from './pathTree.ts';
import { type Row, SortedRows } from './sortedRows.ts';

/** Values to take out, by identity, and values to put in. */
export interface ScopeChanges<T> {
  readonly remove?: Iterable<T>;
  readonly add?: Iterable<readonly [Scope, T]>;
}

interface Slot<T> {
  readonly value: T;
  /** Answers come in the order in which values were added. */
  readonly order: number;
}

interface AreaRow<T> extends Row {
  readonly area: Area;
  readonly slot: Slot<T>;
}

interface NameRow<T> extends Row {
  readonly slot: Slot<T>;
}

/** Editors ask about the same few files again and again. */
const MAX_REMEMBERED_PATHS = 512;

/**
 * Answers "which values cover this file" and "which overlap this scope" without looking at all of them. Immutable: a
 * change gives a new index, and costs a copy of an array. A value must be added once only.
 *
 * The areas lie in one array, sorted by their directory. What can cover a path is found at the path's ancestors, by
 * bisection; what lies below a directory is one contiguous run.
 */
export class ScopeIndex<T> {
  readonly #rule: CaseRule;
  readonly #areas: SortedRows<AreaRow<T>>;
  readonly #names: SortedRows<NameRow<T>>;
  readonly #nextOrder: number;
  readonly #remembered = new Map<string, readonly T[]>();

  private constructor(rule: CaseRule, areas: SortedRows<AreaRow<T>>, names: SortedRows<NameRow<T>>, nextOrder: number) {
    this.#rule = rule;
    this.#areas = areas;
    this.#names = names;
    this.#nextOrder = nextOrder;
  }

  static of<T>(items: Iterable<readonly [Scope, T]>, rule: CaseRule): ScopeIndex<T> {
    return new ScopeIndex<T>(rule, SortedRows.empty(), SortedRows.empty(), 0).with({ add: items });
  }

  /** This index with some values removed, then others added. */
  with({ remove = [], add = [] }: ScopeChanges<T>): ScopeIndex<T> {
    const gone = new Set(remove);
    const areas: AreaRow<T>[] = [];
    const names: NameRow<T>[] = [];
    let order = this.#nextOrder;
    for (const [scope, value] of add) {
      const slot = { value, order: order++ };
      for (const entry of scope) {
        if (entry.kind === 'name') names.push({ key: entry.name, slot });
        else for (const area of areasOf(entry, this.#rule)) areas.push({ key: area.at, area, slot });
      }
    }
    const [first] = gone;
    const isGone =
      gone.size === 1
        ? (row: NameRow<T>): boolean => row.slot.value === first // The usual change; a set is slower.
        : (row: NameRow<T>): boolean => gone.has(row.slot.value);
    return new ScopeIndex(
      this.#rule,
      this.#areas.changed(gone.size === 0 ? undefined : isGone, areas),
      this.#names.changed(gone.size === 0 ? undefined : isGone, names),
      order,
    );
  }

  /** The values whose scope covers a canonical absolute path, in the order in which they were added. */
  covering(path: string): readonly T[] {
    const known = this.#remembered.get(path);
    if (known !== undefined) return known;
    const folded = this.#rule.fold ? foldText(path) : path;
    const found = new Set<Slot<T>>();
    this.#visitAtOrAbove(folded, ({ area, slot }) => {
      if (!found.has(slot) && areaCovers(area, folded)) found.add(slot);
    });
    const values = inOrder(found);
    if (this.#remembered.size >= MAX_REMEMBERED_PATHS) this.#remembered.clear();
    this.#remembered.set(path, values);
    return values;
  }

  /** The values whose scope overlaps a scope, in the order in which they were added. */
  overlapping(scope: Scope): readonly T[] {
    const found = new Set<Slot<T>>();
    for (const entry of scope) {
      if (entry.kind === 'name') {
        for (const row of this.#names.at(entry.name)) found.add(row.slot);
      } else for (const area of areasOf(entry, this.#rule)) this.#findOverlapping(area, found);
    }
    return inOrder(found);
  }

  #findOverlapping(area: Area, found: Set<Slot<T>>): void {
    const consider = (row: AreaRow<T>): void => {
      if (!found.has(row.slot) && areasOverlap(area, row.area)) found.add(row.slot);
    };
    this.#visitAtOrAbove(area.at, consider);
    if (area.kind !== 'spot') for (const row of this.#areas.below(area.at)) consider(row);
  }

  #visitAtOrAbove(path: string, visit: (row: AreaRow<T>) => void): void {
    for (let place: string | undefined = path; place !== undefined; place = parentOf(place)) {
      for (const row of this.#areas.at(place)) visit(row);
    }
  }
}

function inOrder<T>(slots: ReadonlySet<Slot<T>>): readonly T[] {
  return [...slots].sort((a, b) => a.order - b.order).map((slot) => slot.value);
}
