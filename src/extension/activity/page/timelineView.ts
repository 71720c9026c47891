/** The timeline of one root: a lane for each scope, in which the arrow keys move from one happening to the next. */
import type { Item, LaneOfItems, Section } from '../activityMessage.ts';
import { drawItem, rowHeight } from './drawItem.ts';
import { part, svgElement, textElement } from './elements.ts';
import { KeyedChildren, type Drawn } from './keyedChildren.ts';
import { tickText, timeText } from './timeText.ts';

/** Of the width, in percent. */
const ticks = [0, 25, 50, 75, 100];

type Open = (item: Item, element: SVGElement) => void;

export class TimelineView {
  readonly #axis: HTMLElement;
  readonly #lanes: KeyedChildren<LaneOfItems>;
  readonly #open: Open;
  readonly #elements = new Map<string, SVGElement>();
  #shown: Pick<Section, 'from' | 'to' | 'lanes'> = { from: 0, to: 1, lanes: [] };
  /** The one that Tab goes to. */
  #currentKey: string | undefined;

  constructor(frame: HTMLElement, open: Open) {
    const lanes = part(frame, '.lanes', HTMLElement);
    this.#axis = part(frame, '.axis', HTMLElement);
    this.#open = open;
    this.#lanes = new KeyedChildren<LaneOfItems>(
      lanes,
      ({ scope }) => scope,
      () => this.#makeLane(),
    );
    lanes.addEventListener('keydown', (event) => this.#onKey(event));
  }

  draw(section: Section): void {
    this.#shown = section;
    this.#drawAxis();
    this.#lanes.draw(section.lanes);
    const items = section.lanes.flatMap((lane) => lane.items);
    const keys = new Set(items.map(({ key }) => key));
    for (const key of this.#elements.keys()) if (!keys.has(key)) this.#elements.delete(key);
    if (this.#currentKey === undefined || !keys.has(this.#currentKey)) {
      this.#makeCurrent(section.lanes[0]?.items.at(-1)?.key);
    }
  }

  /** The one that had the focus may have gone. */
  focusCurrent(): void {
    this.#elements.get(this.#currentKey ?? '')?.focus();
  }

  #drawAxis(): void {
    const { from, to } = this.#shown;
    this.#axis.replaceChildren(
      ...ticks.map((percent) => {
        const tick = textElement('span', tickText(from + ((to - from) * percent) / 100, to - from));
        tick.style.left = `${percent}%`;
        return tick;
      }),
    );
  }

  #makeLane(): Drawn<LaneOfItems> {
    const element = document.createElement('div');
    const label = document.createElement('div');
    const drawing = svgElement('svg', { role: 'group' });
    element.className = 'lane';
    label.className = 'label';
    label.ariaHidden = 'true'; // the drawing has the same name
    element.append(label, drawing);
    const items = new KeyedChildren<Item>(
      drawing,
      ({ key }) => key,
      (item) => this.#makeItem(item),
    );
    return {
      element,
      draw: (lane) => {
        label.textContent = lane.scope;
        label.title = lane.scope;
        drawing.setAttribute('aria-label', lane.scope);
        drawing.setAttribute('height', String(lane.rows * rowHeight + 4));
        items.draw(lane.items);
      },
    };
  }

  #makeItem({ key }: Item): Drawn<Item> {
    const element = svgElement('g', { role: 'button', tabindex: -1, class: 'item' });
    const title = svgElement('title');
    const drawing = svgElement('g');
    const frame = svgElement('rect', { class: 'focus-frame', rx: 3, height: rowHeight });
    element.append(title, frame, drawing);
    let shown: Item | undefined;
    const choose = (): void => {
      this.#makeCurrent(key);
      if (shown) this.#open(shown, element);
    };
    element.addEventListener('click', choose);
    element.addEventListener('focus', () => this.#makeCurrent(key));
    element.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      choose();
    });
    this.#elements.set(key, element);
    return {
      element,
      draw: (item) => {
        shown = item;
        const { from, to } = this.#shown;
        const percentOf = (time: number): number => (100 * (Math.min(to, Math.max(from, time)) - from)) / (to - from);
        const start = percentOf(item.from);
        const stretch = { start, length: percentOf(item.to) - start };
        const name = `${item.says} ${timeText(item.from)}`;
        if (title.textContent !== name) title.textContent = name;
        frame.setAttribute('y', String(item.row * rowHeight + 2));
        frame.style.x = `calc(${stretch.start}% - 3px)`;
        frame.style.width = `max(10px, calc(${stretch.length}% + 6px))`;
        drawItem(drawing, item, stretch, (item.row + 0.5) * rowHeight + 2);
      },
    };
  }

  #makeCurrent(key: string | undefined): void {
    this.#elements.get(this.#currentKey ?? '')?.setAttribute('tabindex', '-1');
    this.#currentKey = key;
    this.#elements.get(key ?? '')?.setAttribute('tabindex', '0');
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const wanted = this.#neighbour(event.key);
    if (wanted === undefined) return;
    event.preventDefault(); // the page would scroll
    this.#elements.get(wanted.key)?.focus();
    this.#elements.get(wanted.key)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  #neighbour(key: string): Item | undefined {
    const { lanes } = this.#shown;
    const laneIndex = lanes.findIndex(({ items }) => items.some((item) => item.key === this.#currentKey));
    const items = lanes[laneIndex]?.items ?? [];
    const index = items.findIndex((item) => item.key === this.#currentKey);
    const current = items[index];
    if (!current) return undefined;
    switch (key) {
      case 'ArrowLeft':
        return items[index - 1] ?? current;
      case 'ArrowRight':
        return items[index + 1] ?? current;
      case 'Home':
        return items[0];
      case 'End':
        return items.at(-1);
      case 'ArrowUp':
        return nearestIn(lanes[laneIndex - 1], current) ?? current;
      case 'ArrowDown':
        return nearestIn(lanes[laneIndex + 1], current) ?? current;
      default:
        return undefined;
    }
  }
}

/** What begins next to it in time. */
function nearestIn(lane: LaneOfItems | undefined, { from }: Item): Item | undefined {
  return lane?.items.reduce((nearest, item) =>
    Math.abs(item.from - from) < Math.abs(nearest.from - from) ? item : nearest,
  );
}
