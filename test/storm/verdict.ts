/** What is said of one part of a storm in the end: beside what the judge saw, what nobody expected, and what never happened. */
import type { FencedResources } from './fencedResources.ts';
import type { Judge } from './judge.ts';
import { eventsOf, refusalsOf, type Event, type Weather } from './weather.ts';

/** Where a part of a storm stands. */
export interface Standing {
  readonly weather: Weather;
  readonly events: ReadonlyMap<Event, number>;
  readonly judge: Judge;
  readonly fenced: Pick<FencedResources, 'written' | 'refused' | 'letThrough'>;
}

/** Sentences; there must be none. */
export function violationsOf(standing: Standing): readonly string[] {
  const { letThrough } = standing.fenced;
  return [
    ...standing.judge.violations,
    ...unexpectedRefusals(standing),
    ...missing(standing).map((what) => `Never happened, so nothing is proven of it: ${what}`),
    ...(letThrough > 0 ? [`${letThrough} late writes got through the fence`] : []),
  ];
}

/** What should have happened in this weather and has not. */
export function missing({ weather, events, judge, fenced }: Standing): readonly string[] {
  const { acquisitions, conflicts, waits, renewals, expiries, refusals, telling, tokens, diedInside } = judge;
  const counts: (readonly [string, number])[] = [
    ...eventsOf[weather].map((event) => [event, events.get(event) ?? 0] as const),
    ...(['library', 'run', 'loop'] as const).flatMap((kind) => [
      [`acquisitions of ${kind} workers`, acquisitions.get(kind) ?? 0] as const,
      [`conflicts of ${kind} workers`, conflicts.get(kind) ?? 0] as const,
    ]),
    ['waits', waits],
    ['fencing tokens', tokens.seen],
  ];
  switch (weather) {
    case 'deaths, stops and set clocks':
      counts.push(['renewals', renewals], ['expiries', expiries], ['deaths inside', diedInside]);
      break;
    case 'full disk':
      counts.push(['refusals on a full disk', refusals.get('store-not-writable') ?? 0]);
      break;
    case 'removals by others':
      counts.push(['holders told of a removal', telling.toldMs.length], ['late writes refused', fenced.refused]);
      break;
  }
  return counts.filter(([, count]) => count === 0).map(([what]) => what);
}

/** A gate whose holder is stopped is busy in every weather; anything else needs a reason. */
function unexpectedRefusals({ weather, judge }: Standing): readonly string[] {
  const expected = ['gate-busy', ...refusalsOf[weather]];
  return [...judge.refusals]
    .filter(([code]) => !expected.includes(code))
    .map(([code, count]) => `${count} requests were refused with ${code}`);
}
