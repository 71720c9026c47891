/** How soon a process that watches knows what others did, how soon that one of them died, and what watching costs meanwhile. */
import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { libraryFile } from '../../real/programs.ts';
import { waitFor } from '../../real/waitFor.ts';
import { median, quantile } from '../harness/statistics.ts';
import { upTo } from '../harness/rounds.ts';
import { anotherOfOurs, surround, type HolderQuestions } from '../harness/surroundings.ts';
import type { Worker } from '../harness/worker.ts';
import type { Workbench } from '../harness/workbench.ts';
import type { Chart, Part, Point } from '../report/part.ts';
import { formatUs, threeDigits } from '../report/units.ts';
import type { ReaderQuestions, Told } from './readerQuestions.ts';

const longestMs = 20_000;

interface Knowing {
  readonly count: number;
  readonly changeUs: readonly number[];
  /** Of them, what the process took since the system had told it. */
  readonly workUs: readonly number[];
  readonly deathUs: readonly number[];
  readonly cpuPercent: number;
  readonly wakeUpsPerSecond: number;
}

export async function measureKnowing(bench: Workbench): Promise<Omit<Part, 'title'>> {
  const all: Knowing[] = [];
  for (const count of [0, 100, bench.many]) all.push(await measureAmong(bench, count));
  const changes = all[0]?.changeUs ?? [];
  const workUs = median(all.at(-1)?.workUs ?? []);
  const [p50, p99] = [median(changes), quantile(changes, 0.99)];
  const calm = all.find(({ count }) => count === 100);
  const longestDeathUs = Math.max(...(calm?.deathUs ?? [NaN]));
  return {
    tables: [
      {
        title: 'Until a watching process knows',
        notes: [
          'Among 0 is beside a single one. From the moment before another process renames a record into place, or unlinks one, to the call of the listener; ' +
            'both clocks are the system’s monotonic one. Its own work: since the system told the process, the median. Death: from SIGKILL of the process that holds a lock until the ' +
            'snapshot calls the lock stale. Idle: a process that watches while nothing happens.',
        ],
        textColumns: 1,
        columns: [
          'among locks',
          'change, median',
          'p99',
          'its own work',
          'death, median',
          'longest',
          'idle CPU',
          'wake-ups/s',
        ],
        rows: all.map(({ count, changeUs, workUs, deathUs, cpuPercent, wakeUpsPerSecond }) => [
          String(count),
          formatUs(median(changeUs)),
          formatUs(quantile(changeUs, 0.99)),
          formatUs(median(workUs)),
          formatUs(median(deathUs)),
          formatUs(Math.max(...deathUs)),
          `${threeDigits(cpuPercent)} %`,
          wakeUpsPerSecond.toFixed(1),
        ]),
      },
    ],
    targets: [
      {
        what: `snapshot of ${bench.many}, one change that is told`,
        target: '≤ 1 ms',
        measured: formatUs(workUs),
        isMet: workUs <= 1_000,
      },
      {
        what: 'outside change to snapshot, p50 / p99',
        target: '≤ 5 ms / ≤ 50 ms',
        measured: `${formatUs(p50)} / ${formatUs(p99)}`,
        isMet: p50 <= 5_000 && p99 <= 50_000,
      },
      {
        what: 'death of a holder to verdict, among 100',
        target: '≤ 1 s, at idle cost',
        measured: `${formatUs(longestDeathUs)} at the longest, idle ${threeDigits(calm?.cpuPercent ?? NaN)} % CPU`,
        isMet: longestDeathUs <= 1_000_000,
      },
    ],
    charts: [latencyChart(all)],
  };
}

function latencyChart(all: readonly Knowing[]): Chart {
  const points = all.flatMap(({ count, changeUs, deathUs }): readonly Point[] => {
    const x = Math.max(1, count);
    return [
      { series: 'a change, median', x, y: median(changeUs) / 1_000 },
      { series: 'a change, p99', x, y: quantile(changeUs, 0.99) / 1_000 },
      { series: 'a death, median', x, y: median(deathUs) / 1_000 },
    ];
  });
  return { name: 'latency', kind: 'lines', title: 'Until a watching process knows', x: 'other locks', y: 'ms', points };
}

async function measureAmong(bench: Workbench, count: number): Promise<Knowing> {
  const root = bench.newRoot();
  const holder = bench.startNode<HolderQuestions>('holder.mjs');
  // One lock always: a record of ours is the model of those that come and go.
  await surround(root, 'ours', Math.max(1, count), holder);
  const reader = bench.startNode<ReaderQuestions>('reader.mjs');
  await reader.ask('open', { library: libraryFile, root });
  const heard = listenTo(reader);
  await reader.ask('watch', null);
  const idle = await reader.ask('idle', bench.amount(5_000, 1_000));
  const mostMs = bench.amount(20_000, 2_000);
  const changes = await upTo(bench.amount(100, 10), mostMs, (i) => change(root, `newcomer-${i}`, heard));
  const deathUs = await upTo(bench.amount(12, 2), mostMs, (i) => death(bench, root, `mortal-${i}`, heard));
  await bench.clear();
  return {
    count,
    changeUs: changes.map(({ tookUs }) => tookUs),
    workUs: changes.map(({ workUs }) => workUs),
    deathUs,
    ...idle,
  };
}

/** A record comes and goes again, with pauses of different length, so that no step is kept with anything periodic. */
async function change(root: string, name: string, heard: Heard): Promise<readonly Change[]> {
  const { file, text } = anotherOfOurs(root, name);
  fs.writeFileSync(`${file}.tmp`, text);
  await delay(20 + 60 * Math.random());
  let fromUs = nowUs();
  fs.renameSync(`${file}.tmp`, file);
  const comes = await heard(({ added }) => added.includes(name));
  const comesUs = comes.atUs - fromUs;
  await delay(20 + 60 * Math.random());
  fromUs = nowUs();
  fs.unlinkSync(file);
  const goes = await heard(({ removed }) => removed.includes(name));
  return [
    { tookUs: comesUs, workUs: comes.workUs },
    { tookUs: goes.atUs - fromUs, workUs: goes.workUs },
  ];
}

async function death(bench: Workbench, root: string, name: string, heard: Heard): Promise<readonly number[]> {
  const mortal = bench.startNode<HolderQuestions>('holder.mjs');
  const [file = ''] = await mortal.ask('hold', { library: libraryFile, root, holder: name, scopes: [`docs/${name}`] });
  await heard(({ added }) => added.includes(name));
  await delay(300 * Math.random());
  const fromUs = nowUs();
  void mortal.kill();
  const tookUs = (await heard(({ stale }) => stale.includes(name))).atUs - fromUs;
  fs.unlinkSync(file);
  await heard(({ removed }) => removed.includes(name));
  return [tookUs];
}

interface Change {
  readonly tookUs: number;
  readonly workUs: number;
}

/** @returns what was heard that is as wanted; what was heard before is kept */
type Heard = (isWanted: (told: Told) => boolean) => Promise<Told>;

function listenTo(reader: Worker<ReaderQuestions>): Heard {
  const everything: Told[] = [];
  reader.onTold = (told) => everything.push(told as Told);
  return (isWanted) => waitFor('the reader is told', () => everything.findLast(isWanted), longestMs);
}

function nowUs(): number {
  return Number(process.hrtime.bigint()) / 1_000;
}
