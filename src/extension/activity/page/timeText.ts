/** Times of day as the reader's own language and clock have them. */
import type { Item } from '../activityMessage.ts';

const withDate = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const ofToday = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

export function timeText(epochMs: number): string {
  const isToday = new Date(epochMs).toDateString() === new Date().toDateString();
  return (isToday ? ofToday : withDate).format(epochMs);
}

/** Of what is not over yet, and of what took no time, a dash. */
export function endText({ end, to }: Item): string {
  return end === 'refused' || end === 'held' || end === 'stale' || end === 'waiting' ? '–' : timeText(to);
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** Below an axis: no more of it than tells its ticks apart. */
export function tickText(epochMs: number, wholeMs: number): string {
  const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
  if (wholeMs <= 10 * minuteMs)
    return new Intl.DateTimeFormat(undefined, { ...time, second: '2-digit' }).format(epochMs);
  if (wholeMs <= dayMs) return new Intl.DateTimeFormat(undefined, time).format(epochMs);
  return new Intl.DateTimeFormat(undefined, { ...time, month: 'short', day: 'numeric' }).format(epochMs);
}
