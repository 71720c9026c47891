/** Acquire and release, alone and among other locks, beside the floor and beside everyone else. */
import * as path from 'node:path';
import { formatTimes, formatUs, threeDigits } from '../report/units.ts';
import type { Part, Table, Target } from '../report/part.ts';
import { libraryFile } from '../../real/programs.ts';
import { figureOf, median, quantile, ratioOf, type Figure } from '../harness/statistics.ts';
import { surround, type HolderQuestions, type Others } from '../harness/surroundings.ts';
import { takeTurns, type Contender } from '../harness/rounds.ts';
import type { Workbench, WorkerOptions } from '../harness/workbench.ts';
import { countSpawns, type Spawns } from './spawns.ts';
import type { CycleQuestions } from './cycleQuestions.ts';

interface Way {
  readonly name: string;
  /** As the worker calls it. */
  readonly way: string;
  readonly runtime: 'node' | 'python';
  readonly flock?: WorkerOptions['flock'];
  /** Among which others it is measured; none: they do not concern it. */
  readonly among: readonly Others[];
}

const ways: readonly Way[] = [
  { name: 'Workspace Locks, fs-ext', way: 'library', runtime: 'node', among: ['ours', 'little-loops'] },
  { name: 'Workspace Locks, flock(1)', way: 'library', runtime: 'node', flock: 'portable', among: ['ours'] },
  { name: 'the floor', way: 'floor', runtime: 'node', among: ['ours'] },
  { name: 'proper-lockfile', way: 'proper-lockfile', runtime: 'node', among: ['lock folders'] },
  { name: 'proper-lockfile sync', way: 'proper-lockfile sync', runtime: 'node', among: ['lock folders'] },
  { name: 'lockfile sync', way: 'lockfile', runtime: 'node', among: ['lock files'] },
  { name: 'cross-process-lock', way: 'cross-process-lock', runtime: 'node', among: [] },
  { name: 'flock(1), a process each', way: 'flock(1)', runtime: 'node', among: [] },
  { name: 'fcntl.flock (Python)', way: 'fcntl.flock (Python)', runtime: 'python', among: [] },
  { name: 'little-loops', way: 'little-loops', runtime: 'python', among: ['little-loops'] },
  { name: 'claude-swarm', way: 'claude-swarm', runtime: 'python', among: ['claude-swarm'] },
  { name: 'openclaw', way: 'openclaw', runtime: 'python', among: [] },
  { name: 'agentwire', way: 'agentwire', runtime: 'python', among: [] },
];

/**
 * Where a folder lies decides what it costs to create a file in it. So each contender has several, and uses another one each
 * turn; but not where each would need thousands of files.
 */
const folders = 4;
const mostInSeveral = 100;

const floorName = 'the floor';
const ourName = 'Workspace Locks, fs-ext';

interface Entrant {
  readonly way: Way;
  /** Undefined where there are none. */
  readonly others: Others | undefined;
  readonly key: string;
}

interface Measured {
  readonly name: string;
  /** Undefined where there were none. */
  readonly others: Others | undefined;
  readonly count: number;
  readonly figure: Figure;
  readonly toFloor: number;
  /** Of ours, in the same rounds; how many times as long as ours. */
  readonly toOurs: number;
}

export async function measureCycle(bench: Workbench): Promise<Part> {
  const steps = await measureSteps(bench);
  const spawns = await countSpawns(bench);
  const counts = bench.pace === 'whole' ? [0, 10, 100, 1_000, 10_000] : [0, 100, 1_000];
  const measured: Measured[] = [];
  for (const count of counts) measured.push(...(await measureAmong(bench, count)));
  return {
    title: 'Acquire and release',
    tables: [aloneTable(measured), amongTable(measured, counts), steps],
    targets: [...targets(measured), spawnTarget(spawns)],
    charts: [
      {
        name: 'cycle',
        kind: 'lines',
        title: 'Acquire and release among other locks',
        x: 'other locks',
        y: 'µs, median',
        points: measured
          .filter(({ name }) => isDrawn(name))
          // The chart draws none at 1.
          .flatMap(({ name, others, count, figure }) =>
            (others === undefined ? drawnAmong(name) : [others]).map((each) => ({
              series: seriesOf(name, each),
              x: Math.max(1, count),
              y: figure.median,
            })),
          ),
      },
    ],
  };
}

function isDrawn(name: string): boolean {
  return ways.some((way) => way.name === name && way.among.length > 0);
}

function drawnAmong(name: string): readonly Others[] {
  return ways.find((way) => way.name === name)?.among ?? [];
}

function seriesOf(name: string, others: Others): string {
  return name.startsWith('Workspace Locks') ? `${name}, among ${others === 'ours' ? 'ours' : 'foreign'}` : name;
}

async function measureAmong(bench: Workbench, count: number): Promise<readonly Measured[]> {
  const holder = bench.startNode<HolderQuestions>('holder.mjs');
  const entrants = ways.flatMap((way): readonly Entrant[] =>
    count === 0
      ? [{ way, others: undefined, key: way.name }]
      : way.among.map((others) => ({ way, others, key: `${way.name} among ${others}` })),
  );
  const contenders: Contender[] = [];
  for (const { way, others, key } of entrants) {
    const worker =
      way.runtime === 'node'
        ? bench.startNode<CycleQuestions>('cycles.mjs', way.flock ? { flock: way.flock } : {})
        : bench.startPython<CycleQuestions>('peers.py');
    for (let i = 0; i < (count <= mostInSeveral ? folders : 1); i++) {
      const folder = bench.newRoot();
      if (others) await surround(folder, others, count, holder);
      await worker.ask('open', { way: way.way, folder, scope: 'wanted', library: libraryFile });
    }
    contenders.push({ name: key, run: (cycles: number) => worker.ask('cycles', cycles) });
  }
  const rounds = await takeTurns(contenders, {
    rounds: bench.amount(12, 3),
    turnMs: bench.amount(60, 20),
    mostMs: bench.amount(3_000, 300),
    warmUpMs: bench.amount(400, 100),
  });
  await bench.clear();
  const samplesOf = (key: string): readonly (readonly number[])[] => rounds.get(key) ?? [];
  const floor = samplesOf(count === 0 ? floorName : `${floorName} among ours`);
  const ours = samplesOf(count === 0 ? ourName : `${ourName} among ours`);
  return entrants.map(({ way, others, key }) => ({
    name: way.name,
    others,
    count,
    figure: figureOf(samplesOf(key)),
    toFloor: ratioOf(samplesOf(key), floor),
    toOurs: ratioOf(samplesOf(key), ours),
  }));
}

function aloneTable(measured: readonly Measured[]): Table {
  const alone = measured.filter(({ count }) => count === 0);
  return {
    title: 'Alone',
    notes: [
      'One process acquires and releases, nobody else has a lock. The spread is the lowest and the highest median of a round; ' +
        '“to ours” is how many times as long as Workspace Locks with fs-ext.',
      '“The floor” is the bare system calls that any correct cycle with a record, a check for overlap, a token and a journal ' +
        'needs. The others do less than that: proper-lockfile and lockfile know no scopes, flock(1) and fcntl.flock leave no ' +
        'record, cross-process-lock does not exclude (it lost updates in a race), and nobody else has a token or a journal.',
    ],
    textColumns: 1,
    columns: ['way', 'median', 'p99', 'spread', 'to the floor', 'to ours'],
    rows: alone.map(({ name, figure, toFloor, toOurs }) => [
      name,
      ...figureCells(figure),
      formatTimes(toFloor),
      formatTimes(toOurs),
    ]),
  };
}

export function figureCells({ median, p99, low, high }: Figure): readonly string[] {
  return [formatUs(median), formatUs(p99), `${formatUs(low)} to ${formatUs(high)}`];
}

function amongTable(measured: readonly Measured[], counts: readonly number[]): Table {
  const lines = ways.flatMap((way) => way.among.map((others) => ({ way, others })));
  return {
    title: 'Among other locks',
    notes: [
      'Median (p99). “Ours” are about 60 % files, 20 % folders, 10 % patterns and 10 % names that a living process holds; the others ' +
        'are records as these tools write them, of a living process, or files and folders beside the own one. The last column ' +
        'is what each of the most others adds.',
    ],
    textColumns: 2,
    columns: ['way', 'among', ...counts.map(String), 'each adds'],
    rows: lines.map(({ way, others }) => {
      const of = (count: number): Measured | undefined =>
        measured.find((row) => row.name === way.name && row.count === count && (count === 0 || row.others === others));
      const most = counts.at(-1) ?? 0;
      const addsUs = addedUs(of(most), of(0));
      return [
        way.name,
        others,
        ...counts.map((count) => {
          const figure = of(count)?.figure;
          return figure ? `${formatUs(figure.median)} (${formatUs(figure.p99)})` : '–';
        }),
        formatAdded(addsUs),
      ];
    }),
  };
}

/** What each of the other locks adds to a cycle, in µs. */
function addedUs(among: Measured | undefined, alone: Measured | undefined): number {
  return ((among?.figure.median ?? NaN) - (alone?.figure.median ?? NaN)) / (among?.count ?? NaN);
}

function formatAdded(us: number): string {
  return us < 0.001 ? 'nothing' : formatUs(us);
}

/** What each line of the floor costs, in a run of its own: together they are the floor. */
async function measureSteps(bench: Workbench): Promise<Table> {
  const [alone, among] = [await stepCosts(bench, 0), await stepCosts(bench, bench.many)];
  const medians = (tookUs: readonly number[] = []): string => formatUs(median(tookUs));
  const sum = (steps: readonly StepCost[]): string =>
    formatUs(steps.reduce((total, { tookUs }) => total + median(tookUs), 0));
  return {
    title: 'What the floor consists of',
    notes: [
      'Each call measured by itself, without the first quarter, in which Node.js compiles: in a store without other records, ' +
        `and among ${bench.many}. A folder on ext4 whose surroundings are full of files costs more: it looks for a free inode nearby.`,
    ],
    textColumns: 2,
    columns: ['call', 'why no correct cycle can do without', 'median', 'p99', `among ${bench.many}`],
    rows: [
      ...alone.map(({ call, why, tookUs }, i) => [
        call,
        why,
        medians(tookUs),
        formatUs(quantile(tookUs, 0.99)),
        medians(among[i]?.tookUs),
      ]),
      ['sum', '', sum(alone), '', sum(among)],
    ],
  };
}

type StepCost = CycleQuestions['stepCosts']['answer'][number];

async function stepCosts(bench: Workbench, others: number): Promise<readonly StepCost[]> {
  const root = bench.newRoot();
  await surround(root, 'ours', others, bench.startNode<HolderQuestions>('holder.mjs'));
  const running = path.join(root, '.loops', '.running');
  const times = others === 0 ? bench.amount(4_000, 500) : bench.amount(300, 100);
  const costs = await bench.startNode<CycleQuestions>('cycles.mjs').ask('stepCosts', { folder: running, times });
  await bench.clear();
  return costs.map(({ tookUs, ...step }) => ({ ...step, tookUs: tookUs.slice(tookUs.length / 4) }));
}

function targets(measured: readonly Measured[]): readonly Target[] {
  const at = (name: string, count: number, others?: Others): Measured | undefined =>
    measured.find((row) => row.name === name && row.count === count && row.others === others);
  const ours = at(ourName, 0);
  const toOurs = (name: string): number => at(name, 0)?.toOurs ?? NaN;
  const most = Math.max(...measured.map(({ count }) => count));
  const growth = (at(ourName, most, 'ours')?.figure.median ?? NaN) / (ours?.figure.median ?? NaN);
  const ahead = (names: readonly string[], times: number): Target => ({
    what: `acquire + release, against ${names.join(', ')}`,
    target: times === 1 ? 'ahead' : `≥ ${times} × ahead`,
    measured: names.map((name) => formatTimes(toOurs(name))).join(', '),
    isMet: names.every((name) => toOurs(name) >= times),
  });
  return [
    {
      what: 'acquire + release, no other locks',
      target: '≤ 2 × the floor',
      measured: `${formatTimes(ours?.toFloor ?? NaN)} (${formatUs(ours?.figure.median ?? NaN)})`,
      isMet: (ours?.toFloor ?? NaN) <= 2,
    },
    ahead(['proper-lockfile', 'proper-lockfile sync'], 1),
    ahead(['little-loops', 'claude-swarm', 'openclaw'], 2),
    {
      what: `the same among ${most} of ours`,
      target: '≤ 1.5 × that with none',
      measured: `${formatTimes(growth)}; each foreign file adds ${formatAdded(addedUs(at(ourName, most, 'little-loops'), ours))}`,
      isMet: growth <= 1.5,
    },
  ];
}

function spawnTarget(spawns: Spawns | undefined): Target {
  return {
    what: 'portable provider',
    target: '≤ 3 spawns a cycle',
    measured: spawns
      ? `${threeDigits(spawns.alone)} a cycle, ${threeDigits(spawns.among)} among ${spawns.others} of one holder`
      : 'not counted: strace is not installed',
    isMet: spawns !== undefined && Math.max(spawns.alone, spawns.among) <= 3,
  };
}
