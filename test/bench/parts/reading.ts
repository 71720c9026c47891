/** The snapshot of one process that reads: for the first time, when nothing has changed, and after one change. */
import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { libraryFile } from '../../real/programs.ts';
import { figureOf, median } from '../harness/statistics.ts';
import { upTo } from '../harness/rounds.ts';
import { anotherOfOurs, surround, type HolderQuestions, type Others } from '../harness/surroundings.ts';
import type { Worker } from '../harness/worker.ts';
import type { Workbench } from '../harness/workbench.ts';
import type { Part } from '../report/part.ts';
import { formatMib, formatUs } from '../report/units.ts';
import type { ReaderQuestions } from './readerQuestions.ts';
import { figureCells } from './cycle.ts';

/** Longer than any clock's tick: what was written before is not taken for what is being written now. */
const settleMs = 30;

/** So long a folder must have been as it is before who only looks goes by its time (`KnownRecords`). */
const quietMs = 3_000;

type Reader = Worker<ReaderQuestions>;

interface Reading {
  readonly others: Others;
  readonly count: number;
  readonly coldUs: readonly number[];
  readonly unchangedUs: readonly number[];
  readonly changedUs: readonly number[];
  readonly heapBytes: number;
  readonly rssBytes: number;
}

export async function measureReading(bench: Workbench): Promise<Omit<Part, 'title'>> {
  const readings: Reading[] = [];
  for (const [others, count] of [
    ['ours', 100],
    ['ours', bench.many],
    ['little-loops', bench.many],
  ] as const) {
    readings.push(await read(bench, others, count));
  }
  const ours = readings.find(({ others, count }) => others === 'ours' && count === bench.many);
  const [cold, unchanged] = [ours?.coldUs, ours?.unchangedUs].map((us) => median(us ?? []));
  return {
    tables: [
      {
        title: 'A snapshot',
        notes: [
          '`refresh()` of one process. Cold: the first one of a fresh process. One change: after a record has come or gone, of which nobody ' +
            'has told it, as in a process that does not watch: the names are listed again. ' +
            'Judging the living is a part of it. Memory: what a fresh process has more after its first snapshot, after a collection.',
        ],
        textColumns: 2,
        columns: ['locks', 'refresh', 'median', 'p99', 'spread', 'heap', 'resident'],
        rows: readings.flatMap(({ others, count, coldUs, unchangedUs, changedUs, heapBytes, rssBytes }) =>
          (
            [
              ['cold', coldUs, [formatMib(heapBytes), formatMib(rssBytes)]],
              ['unchanged', unchangedUs, ['', '']],
              ['one change', changedUs, ['', '']],
            ] as const
          )
            .filter(([, tookUs]) => tookUs.length > 0)
            .map(([what, tookUs, memory]) => [
              `${count} of ${others}`,
              what,
              ...figureCells(figureOf(inTenths(tookUs))),
              ...memory,
            ]),
        ),
      },
    ],
    targets: (
      [
        ['cold', cold, 200_000, '≤ 200 ms'],
        ['unchanged', unchanged, 200, '≤ 0.2 ms'],
      ] as const
    ).map(([what, us = NaN, mostUs, target]) => ({
      what: `snapshot of ${bench.many}, ${what}`,
      target,
      measured: formatUs(us),
      isMet: us <= mostUs,
    })),
    charts: [],
  };
}

async function read(bench: Workbench, others: Others, count: number): Promise<Reading> {
  const root = bench.newRoot();
  const holder = bench.startNode<HolderQuestions>('holder.mjs');
  await surround(root, others, count, holder);
  await delay(settleMs);
  const heap: number[] = [];
  const rss: number[] = [];
  let reader: Reader | undefined;
  const coldUs = await upTo(bench.amount(10, 2), bench.amount(15_000, 3_000), async () => {
    await reader?.end();
    reader = bench.startNode<ReaderQuestions>('reader.mjs', { nodeFlags: ['--expose-gc'] });
    await reader.ask('open', { library: libraryFile, root });
    const before = await reader.ask('memory', null);
    const { tookUs, locks } = await reader.ask('refresh', 1);
    if (locks !== count) throw new Error(`${locks} of ${count} locks were seen.`);
    const after = await reader.ask('memory', null);
    heap.push(after.heapUsed - before.heapUsed);
    rss.push(after.rss - before.rss);
    return tookUs;
  });
  if (!reader) throw new Error('Nobody has read.');
  await delay(quietMs);
  await reader.ask('refresh', 5);
  const settled = reader;
  const mostMs = bench.amount(12_000, 2_000);
  const unchangedUs = await upTo(bench.amount(40, 4), mostMs, async () => (await settled.ask('refresh', 5)).tookUs);
  const changedUs =
    others === 'ours' ? await upTo(bench.amount(50, 4), mostMs, (i) => comeAndGo(settled, root, `newcomer-${i}`)) : [];
  await bench.clear();
  return {
    others,
    count,
    coldUs,
    unchangedUs,
    changedUs,
    heapBytes: median(heap),
    rssBytes: median(rss),
  };
}

/** A record comes and goes, and each time the reader looks. */
async function comeAndGo(reader: Reader, root: string, name: string): Promise<readonly number[]> {
  const { file, text } = anotherOfOurs(root, name);
  fs.writeFileSync(`${file}.tmp`, text);
  const { locks: before } = await reader.ask('refresh', 1);
  await delay(settleMs);
  fs.renameSync(`${file}.tmp`, file);
  const comes = await reader.ask('refresh', 1);
  await delay(settleMs);
  fs.unlinkSync(file);
  const goes = await reader.ask('refresh', 1);
  const seen = [comes.locks - before, goes.locks - before].join(', ');
  if (seen !== '1, 0') throw new Error(`A lock has come and gone, and ${seen} more were seen.`);
  return [...comes.tookUs, ...goes.tookUs];
}

/** Consecutive ones together, as rounds. */
function inTenths(values: readonly number[]): readonly (readonly number[])[] {
  const size = Math.max(1, Math.ceil(values.length / 10));
  return Array.from({ length: Math.ceil(values.length / size) }, (_, i) => values.slice(i * size, (i + 1) * size));
}
