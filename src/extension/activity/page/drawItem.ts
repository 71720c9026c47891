/** One hold, wait or refusal as a drawing. Kinds and ends differ in shape, so that nobody has to tell colours apart. */
import type { Item } from '../activityMessage.ts';
import { svgElement } from './elements.ts';

/** Pixels. */
export const rowHeight = 20;
const barHeight = 15;

/** Part of the whole width, in percent. */
export interface Stretch {
  readonly start: number;
  readonly length: number;
}

/** Also for the legend, where nobody holds. */
export function drawItem(
  group: SVGElement,
  { kind, end, holder }: Pick<Item, 'kind' | 'end'> & Partial<Pick<Item, 'holder'>>,
  { start, length }: Stretch,
  middle: number,
): void {
  const top = middle - barHeight / 2;
  const parts: SVGElement[] = [];
  if (kind !== 'refusal') {
    const bar = svgElement('rect', { class: 'bar', x: `${start}%`, y: top, height: barHeight, rx: 2 });
    bar.style.width = `max(4px, ${length}%)`; // what lasted a moment can still be seen
    parts.push(bar);
    if (holder !== undefined) parts.push(nameIn(holder, { start, length }, top));
  }
  const mark = markOf(end);
  if (mark !== undefined) {
    const place = svgElement('svg', { class: 'place', x: `${start + length}%`, y: middle });
    place.append(svgElement('path', { class: 'mark', d: mark }));
    parts.push(place);
  }
  group.replaceChildren(...parts);
  group.dataset['kind'] = kind;
  group.dataset['end'] = end;
}

/** As much of it as the bar has room for. */
function nameIn(holder: string, { start, length }: Stretch, top: number): SVGElement {
  const room = svgElement('svg', { class: 'room', x: `${start}%`, y: top, width: `${length}%`, height: barHeight });
  const name = svgElement('text', { class: 'name', x: 5, y: barHeight - 4, 'aria-hidden': 'true' });
  name.textContent = holder;
  room.append(name);
  return room;
}

/** A path around the origin; undefined for an end that needs no mark. */
function markOf(end: Item['end']): string | undefined {
  switch (end) {
    case 'released':
    case 'granted':
    case 'unknown':
      return undefined;
    case 'held':
    case 'waiting': // goes on
      return 'M-1-6L5 0L-1 6Z';
    case 'reaped':
    case 'stale': // a diamond
      return 'M0-6L6 0L0 6L-6 0Z';
    case 'forced':
    case 'lost': // a cross
      return 'M-5-5L5 5M5-5L-5 5';
    case 'refused':
    case 'timed-out': // a barred circle
      return 'M-5 0A5 5 0 1 1 5 0A5 5 0 1 1-5 0M-3.5 3.5L3.5-3.5';
  }
}
