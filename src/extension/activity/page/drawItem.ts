/** One hold, wait or refusal as a drawing. Kinds and ends differ in shape, so that nobody has to tell colours apart. */
import type { Item } from '../activityMessage.ts';
import { svgElement } from './elements.ts';

/** Pixels. */
export const rowHeight = 18;
const holdHeight = 12;
const waitHeight = 6;

/** Part of the whole width, in percent. */
export interface Stretch {
  readonly start: number;
  readonly length: number;
}

/** Of the kind of drawing that an item of this kind and end is; also for the legend. */
export function drawItem(
  group: SVGElement,
  { kind, end }: Pick<Item, 'kind' | 'end'>,
  { start, length }: Stretch,
  middle: number,
): void {
  const height = kind === 'hold' ? holdHeight : waitHeight;
  const parts: SVGElement[] = [];
  if (kind !== 'refusal') {
    const bar = svgElement('rect', { class: 'bar', x: `${start}%`, y: middle - height / 2, height, rx: 2 });
    bar.style.width = `max(4px, ${length}%)`; // what lasted a moment can still be seen
    parts.push(bar);
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
