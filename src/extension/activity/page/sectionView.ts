/** Everything of one root: its timeline, the two short tables, and the long one that says the same as the timeline. */
import type { Item, Section } from '../activityMessage.ts';
import { part, textElement } from './elements.ts';
import { KeyedChildren, type Drawn } from './keyedChildren.ts';
import { endText, timeText } from './timeText.ts';
import { TimelineView } from './timelineView.ts';

export class SectionView implements Drawn<Section> {
  readonly element: Element;
  readonly timeline: TimelineView;
  readonly #heading: HTMLElement;
  readonly #notes: HTMLElement;
  readonly #nothing: HTMLElement;
  readonly #something: HTMLElement;
  readonly #hotSpots: HTMLElement;
  readonly #longestWaits: HTMLElement;
  readonly #happenings: KeyedChildren<Item>;

  constructor(frame: Element, open: (item: Item, from: () => void) => void) {
    this.element = frame;
    this.#heading = part(frame, 'h2', HTMLElement);
    this.#notes = part(frame, '.notes', HTMLElement);
    this.#nothing = part(frame, '.nothing', HTMLElement);
    this.#something = part(frame, '.something', HTMLElement);
    this.#hotSpots = part(frame, '.hot-spots', HTMLElement);
    this.#longestWaits = part(frame, '.longest-waits', HTMLElement);
    this.#happenings = new KeyedChildren<Item>(part(frame, '.happenings tbody', HTMLElement), ({ key }) => key, rowOf);
    this.timeline = new TimelineView(part(frame, '.timeline', HTMLElement), (item) =>
      open(item, () => this.timeline.focusCurrent()),
    );
  }

  draw(section: Section): void {
    const { title, notes, nothing, lanes, hotSpots, longestWaits } = section;
    this.#heading.textContent = title ?? '';
    this.#heading.hidden = title === undefined;
    drawNotes(this.#notes, notes);
    this.#nothing.hidden = nothing === undefined;
    this.#something.hidden = nothing !== undefined;
    part(this.#nothing, 'h3', HTMLElement).textContent = nothing?.title ?? '';
    part(this.#nothing, 'p', HTMLElement).textContent = nothing?.advice ?? '';
    this.timeline.draw(section);
    drawRows(this.#hotSpots, hotSpots);
    drawRows(
      this.#longestWaits,
      longestWaits.map(({ at, cells }) => [...cells, timeText(at)]),
    );
    this.#happenings.draw(lanes.flatMap(({ items }) => items).sort((a, b) => b.from - a.from));
  }
}

export function drawNotes(place: HTMLElement, notes: readonly string[]): void {
  place.replaceChildren(...notes.map((note) => textElement('p', note)));
}

/** A table that has no rows says nothing. */
function drawRows(table: HTMLElement, rows: readonly (readonly string[])[]): void {
  table.hidden = rows.length === 0;
  part(table, 'tbody', HTMLElement).replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement('tr');
      drawCells(row, cells);
      return row;
    }),
  );
}

function rowOf(): Drawn<Item> {
  const element = document.createElement('tr');
  return {
    element,
    draw: (item) => {
      const { holder, what, scope, from, lasted, outcome } = item;
      drawCells(element, [holder, what, scope, timeText(from), endText(item), lasted, outcome]);
    },
  };
}

/** The first one names the row. Only what has changed is written, so that a reader is not thrown out of a cell. */
function drawCells(row: HTMLElement, cells: readonly string[]): void {
  for (const [index, text] of cells.entries()) {
    const cell = row.children[index] ?? row.appendChild(document.createElement(index === 0 ? 'th' : 'td'));
    if (index === 0) cell.setAttribute('scope', 'row');
    if (cell.textContent !== text) cell.textContent = text;
  }
}
