/** The figures of a storm as text. */
import type { PhaseResult } from './phase.ts';
import type { Event } from './weather.ts';

const mostShown = 20;

export function report(phases: readonly PhaseResult[]): string {
  return phases
    .map((phase) => [`\n${phase.weather}`, ...rowsOf(phase).map(row), ...faults(phase)].join('\n'))
    .join('\n');
}

function rowsOf({
  seconds,
  judge,
  events,
  fenced,
  tornRecords,
  weather,
}: PhaseResult): readonly (readonly [string, string])[] {
  const count = (event: Event): string => String(events.get(event) ?? 0);
  const common: readonly (readonly [string, string])[] = [
    ['seconds', seconds.toFixed(1)],
    ['acquisitions', listed(judge.acquisitions)],
    ['refused because of a conflict', listed(judge.conflicts)],
    ['waits in the queue', String(judge.waits)],
    ['other refusals', listed(judge.refusals)],
    ['killed', `${count('killed')} (${judge.diedInside} found inside by their successors)`],
    ['renewals', String(judge.renewals)],
    ['leases that expired', String(judge.expiries)],
    ['different fencing tokens', String(judge.tokens.seen)],
    [
      'writes to fenced resources',
      `${fenced.written}, refused ${fenced.refused}, let through too late ${fenced.letThrough}`,
    ],
    ['torn records of little-loops', String(tornRecords)],
  ];
  switch (weather) {
    case 'deaths, stops and set clocks':
      return [
        ...common,
        ['stopped for a moment', count('stopped for a moment')],
        ['stopped for longer than the lease', count('stopped for longer than the lease')],
        ['clocks set', count('clock set')],
      ];
    case 'full disk':
      return [...common, ['disk filled', count('disk filled')]];
    case 'removals by others':
      return [
        ...common,
        ['records removed', count('record removed')],
        ['running directory removed', count('running directory removed')],
        ['overlaps between removal and being told', String(judge.overlapsAfterRemoval)],
        ['time to tell', times(judge.telling.toldMs)],
        ['gone before they were told', times(judge.telling.untoldMs)],
        ['of little-loops, whom nobody tells', String(judge.telling.neverTold)],
      ];
  }
}

function times(ms: readonly number[]): string {
  const sorted = [...ms].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  const most = sorted.at(-1);
  return median === undefined || most === undefined
    ? 'nobody'
    : `${sorted.length}, median ${median.toFixed(0)} ms, at most ${most.toFixed(0)} ms`;
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ') || 'none';
}

const row = ([name, value]: readonly [string, string]): string => `  ${name.padEnd(42)}${value}`;

function faults({ violations }: PhaseResult): readonly string[] {
  const shown = violations.slice(0, mostShown).map((violation) => `    ${violation}`);
  return [row(['violations', String(violations.length)]), ...shown];
}
