import { escapeForDisplay } from '../../core/display.ts';
import type { JournalLine } from '../../core/journal.ts';
import { formatDuration } from '../../core/sentences.ts';
import { shortDuration } from '../../core/shortDuration.ts';
import { statsOf, type Durations, type Stats } from '../../core/stats.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, printJson, type Context } from '../context.ts';
import { parseDuration } from '../duration.ts';
import { isoTime } from '../../manager/lockJson.ts';
import { table } from '../lockText.ts';

interface Options {
  readonly since?: number;
}

export function statsCommand({ program, run }: CommandHost): void {
  const command = program
    .command('stats')
    .description('how often locks were taken and refused, how long they were held and waited for, and where')
    .option('--since <time>', 'only of the last so long, such as 1h', parseDuration)
    .action(async ({ since }: Options) => {
      await run(command, async (context) => {
        const lines = await context.manager.journal();
        const from = since === undefined ? -Infinity : context.manager.os.now() - since;
        print(
          context,
          lines.filter(({ at }) => at >= from),
        );
        return exitCode.done;
      });
    });
}

function print({ manager, json, streams }: Context, lines: readonly JournalLine[]): void {
  const stats = statsOf(lines);
  if (json) {
    printJson(streams, {
      ok: true,
      root: manager.root.path,
      ...stats,
      from: isoTime(stats.from),
      to: isoTime(stats.to),
    });
  } else {
    streams.out(statsText(stats));
  }
}

function statsText(stats: Stats): string {
  if (stats.from === undefined || stats.to === undefined)
    return 'Nothing has been locked here yet, as far as is remembered.\n';
  const rows = [
    ['acquired', String(stats.acquisitions)],
    ['refused', String(stats.refusals)],
    ['gave up waiting', String(stats.timeouts)],
    ['renewed', String(stats.renewals)],
    ['released', String(stats.releases)],
    ['reaped', String(stats.reaps)],
    ['forced', String(stats.forced)],
    ['lost', String(stats.lost)],
    ['held for', durationText(stats.holds)],
    ['waited for', durationText(stats.waits)],
  ];
  const spots = stats.hotSpots.map((spot) => [
    escapeForDisplay(spot.scope, 80),
    String(spot.acquisitions),
    String(spot.refusals),
    String(spot.waits),
    shortDuration(spot.waitedMs),
    shortDuration(spot.heldMs),
  ]);
  const holders = stats.holders.map(({ holder, acquisitions, heldMs }) => [
    escapeForDisplay(holder, 60),
    String(acquisitions),
    shortDuration(heldMs),
  ]);
  return [
    `The last ${formatDuration(stats.to - stats.from)}:\n`,
    table(rows),
    '\n',
    table([['SCOPE', 'ACQUIRED', 'REFUSED', 'WAITS', 'WAITED', 'HELD'], ...spots]),
    '\n',
    table([['HOLDER', 'ACQUIRED', 'HELD'], ...holders]),
  ].join('');
}

function durationText({ count, medianMs, p95Ms, maxMs }: Durations): string {
  if (count === 0) return 'never';
  const [median, p95, max] = [medianMs, p95Ms, maxMs].map(shortDuration);
  return `${median} (median), ${p95} (95 %), ${max} (longest)`;
}
