/** Metrics of a store from its journal (DESIGN 7): how often, how long, where it is tight. Pure. */
import type { JournalLine } from './journal.ts';

/** Of a set of durations, in milliseconds. */
export interface Durations {
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly totalMs: number;
}

/** One scope as people read it. */
export interface HotSpot {
  readonly scope: string;
  readonly acquisitions: number;
  readonly refusals: number;
  /** Requests that had to wait. */
  readonly waits: number;
  readonly waitedMs: number;
  readonly heldMs: number;
}

export interface Stats {
  /** Epoch ms of the oldest and newest event that is remembered; undefined where there is none. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly acquisitions: number;
  readonly refusals: number;
  readonly timeouts: number;
  readonly renewals: number;
  readonly releases: number;
  readonly reaps: number;
  readonly forced: number;
  readonly lost: number;
  /** Of the requests that waited and were granted. */
  readonly waits: Durations;
  readonly holds: Durations;
  /** By the time that others waited there and were refused, most first. */
  readonly hotSpots: readonly HotSpot[];
  readonly holders: readonly { readonly holder: string; readonly acquisitions: number; readonly heldMs: number }[];
}

const mostShown = 20;

export function statsOf(lines: readonly JournalLine[]): Stats {
  const count = (event: JournalLine['event']): number => lines.filter((line) => line.event === event).length;
  const refused = lines.filter(isRefusal);
  const timedOut = refused.filter(({ cause }) => cause === 'timed-out').length;
  const waited = new Set(lines.filter(({ event }) => event === 'waited').map(({ id }) => id));
  const grantedAfterWait = lines.filter(({ event, id }) => event === 'acquired' && waited.has(id));
  return {
    from: lines[0]?.at,
    to: lines.at(-1)?.at,
    acquisitions: count('acquired'),
    refusals: sum(refused.map((line) => line.count ?? 1)) - timedOut,
    timeouts: timedOut,
    renewals: count('renewed'),
    releases: count('released'),
    reaps: count('reaped'),
    forced: count('forced'),
    lost: count('lost'),
    waits: durationsOf(grantedAfterWait.flatMap(({ waitedMs }) => waitedMs ?? [])),
    holds: durationsOf(endings(lines).flatMap(({ heldMs }) => heldMs ?? [])),
    hotSpots: hotSpotsOf(lines, waited).slice(0, mostShown),
    holders: holdersOf(lines).slice(0, mostShown),
  };
}

/** Who cancels his wait was not refused. */
function isRefusal({ event, cause }: JournalLine): boolean {
  return event === 'conflicted' && cause !== 'cancelled';
}

function endings(lines: readonly JournalLine[]): readonly JournalLine[] {
  return lines.filter(({ event }) => event === 'released' || event === 'reaped' || event === 'forced');
}

function durationsOf(valuesMs: readonly number[]): Durations {
  const sorted = [...valuesMs].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, medianMs: at(0.5), p95Ms: at(0.95), maxMs: at(1), totalMs: sum(sorted) };
}

function hotSpotsOf(lines: readonly JournalLine[], waited: ReadonlySet<string>): readonly HotSpot[] {
  const spots = new Map<string, { -readonly [Key in keyof HotSpot]: HotSpot[Key] }>();
  const scopeOf = new Map<string, string>();
  for (const line of lines) {
    const { event, id, scope, count, waitedMs, heldMs } = line;
    const key = scope?.join(', ') ?? scopeOf.get(id);
    if (key === undefined) continue; // its acquisition is no longer remembered
    if (event === 'acquired') scopeOf.set(id, key);
    const spot = spots.get(key) ?? { scope: key, acquisitions: 0, refusals: 0, waits: 0, waitedMs: 0, heldMs: 0 };
    spots.set(key, spot);
    if (event === 'acquired') spot.acquisitions++;
    if (isRefusal(line)) spot.refusals += count ?? 1;
    if (event === 'waited') spot.waits++;
    if (event === 'conflicted' || waited.has(id)) spot.waitedMs += waitedMs ?? 0;
    if (event !== 'lost') spot.heldMs += heldMs ?? 0; // its removal has told already
  }
  const counting = [...spots.values()].filter(
    ({ acquisitions, refusals, waits }) => acquisitions + refusals + waits > 0,
  );
  return counting.sort(
    (a, b) => b.waitedMs - a.waitedMs || b.refusals - a.refusals || b.heldMs - a.heldMs || (a.scope < b.scope ? -1 : 1),
  );
}

function holdersOf(lines: readonly JournalLine[]): Stats['holders'] {
  const holders = new Map<string, { holder: string; acquisitions: number; heldMs: number }>();
  for (const { event, holder, heldMs } of lines) {
    const entry = holders.get(holder) ?? { holder, acquisitions: 0, heldMs: 0 };
    holders.set(holder, entry);
    if (event === 'acquired') entry.acquisitions++;
    if (event !== 'lost') entry.heldMs += heldMs ?? 0;
  }
  return [...holders.values()].sort((a, b) => b.heldMs - a.heldMs || b.acquisitions - a.acquisitions);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
