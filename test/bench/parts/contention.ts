/** Eight processes that all want a lock at the same time, and again at once: one scope for all, or one for each. */
import { libraryFile } from '../../real/programs.ts';
import { jain } from '../harness/statistics.ts';
import type { Worker } from '../harness/worker.ts';
import type { Workbench } from '../harness/workbench.ts';
import type { Part } from '../report/part.ts';
import { formatUs } from '../report/units.ts';
import type { CycleQuestions } from './cycleQuestions.ts';

const processes = 8;
/** From the order until all begin together. */
const leadMs = 100;
const warmUpCycles = 30;

interface Way {
  readonly name: string;
  readonly way: string;
  readonly runtime: 'node' | 'python';
}

const ours: Way = { name: 'Workspace Locks, tries again', way: 'library, tries again', runtime: 'node' };
const ways: readonly Way[] = [
  ours,
  { name: 'Workspace Locks, queue', way: 'library, queue', runtime: 'node' },
  { name: 'proper-lockfile, its retries', way: 'proper-lockfile, its retries', runtime: 'node' },
  { name: 'fcntl.flock (Python), blocking', way: 'fcntl.flock (Python)', runtime: 'python' },
  { name: 'little-loops, its wait', way: 'little-loops', runtime: 'python' },
];

interface Outcome {
  readonly name: string;
  readonly scopes: 'one scope' | 'disjoint scopes';
  readonly perSecond: number;
  readonly fairness: number;
  readonly longestWaitUs: number;
}

export async function measureContention(bench: Workbench): Promise<Part> {
  const outcomes: Outcome[] = [];
  for (const way of ways) {
    for (const scopes of ['one scope', 'disjoint scopes'] as const) outcomes.push(await race(bench, way, scopes));
  }
  const disjoint = outcomes.find(({ name, scopes }) => name === ours.name && scopes === 'disjoint scopes');
  const { perSecond = NaN, fairness = NaN } = disjoint ?? {};
  return {
    title: 'Contention',
    tables: [
      {
        title: `${processes} processes`,
        notes: [
          `Each process takes the lock, gives it back and wants it again at once, for ${seconds(bench)} s. Fairness is Jain's ` +
            'index of the cycles that each got: 1 where all got the same. A wait that had not ended counts as long as it was. ' +
            'little-loops looks again after a second; proper-lockfile doubles its pause from a second on.',
        ],
        textColumns: 2,
        columns: ['way', 'scopes', 'cycles/s', 'fairness', 'longest wait'],
        rows: outcomes.map((each) => [
          each.name,
          each.scopes,
          each.perSecond < 10 ? each.perSecond.toFixed(1) : String(Math.round(each.perSecond)),
          Number.isNaN(each.fairness) ? '–' : each.fairness.toFixed(3),
          formatUs(each.longestWaitUs),
        ]),
      },
    ],
    targets: [
      {
        what: `disjoint scopes, ${processes} processes`,
        target: '≥ 2 000 cycles/s, fairness ≥ 0.99',
        measured: `${Math.round(perSecond)} cycles/s, ${fairness.toFixed(3)}`,
        isMet: perSecond >= 2_000 && fairness >= 0.99,
      },
    ],
    charts: [
      {
        name: 'contention',
        kind: 'dots',
        title: `${processes} processes, cycles per second`,
        x: 'cycles/s',
        y: '',
        points: outcomes.map(({ name, scopes, perSecond }) => ({ series: scopes, x: name, y: perSecond })),
      },
    ],
  };
}

function seconds(bench: Workbench): number {
  return bench.amount(5, 1);
}

async function race(bench: Workbench, way: Way, scopes: Outcome['scopes']): Promise<Outcome> {
  const folder = bench.newRoot();
  const racers: Worker<CycleQuestions>[] = [];
  for (let i = 0; i < processes; i++) {
    const racer =
      way.runtime === 'node'
        ? bench.startNode<CycleQuestions>('cycles.mjs')
        : bench.startPython<CycleQuestions>('peers.py');
    const scope = scopes === 'one scope' ? 'wanted' : `wanted-${i}`;
    await racer.ask('open', { way: way.way, folder, scope, library: libraryFile });
    await racer.ask('cycles', warmUpCycles); // alone, so that nobody waits
    racers.push(racer);
  }
  const startUs = Number(process.hrtime.bigint()) / 1_000 + leadMs * 1_000;
  const times = { startUs, endUs: startUs + seconds(bench) * 1_000_000 };
  const shares = await Promise.all(racers.map((racer) => racer.ask('contend', times)));
  // Who still waits in a queue or sleeps is not waited for.
  await Promise.all(racers.map((racer) => racer.kill()));
  await bench.clear();
  const cycles = shares.map((share) => share.cycles);
  return {
    name: way.name,
    scopes,
    perSecond: cycles.reduce((sum, each) => sum + each, 0) / seconds(bench),
    fairness: jain(cycles),
    longestWaitUs: Math.max(...shares.map(({ longestWaitUs }) => longestWaitUs)),
  };
}
