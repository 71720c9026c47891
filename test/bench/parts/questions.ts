/** What is asked of a snapshot: which locks cover a file, at each keystroke and for each row of the Explorer. */
import * as path from 'node:path';
import { libraryFile } from '../../real/programs.ts';
import { figureOf, median } from '../harness/statistics.ts';
import { fileOf, surround, type HolderQuestions } from '../harness/surroundings.ts';
import type { Workbench } from '../harness/workbench.ts';
import type { Part } from '../report/part.ts';
import { formatUs } from '../report/units.ts';
import type { ReaderQuestions } from './readerQuestions.ts';

export async function measureQuestions(bench: Workbench): Promise<Omit<Part, 'title'>> {
  const locks = bench.many;
  const root = bench.newRoot();
  await surround(root, 'ours', locks, bench.startNode<HolderQuestions>('holder.mjs'));
  const reader = bench.startNode<ReaderQuestions>('reader.mjs');
  await reader.ask('open', { library: libraryFile, root });
  await reader.ask('refresh', 1);
  // A locked file, and one beside it that is free; scattered, as the Explorer's rows are not.
  const files = Array.from({ length: locks }, (_, i) => {
    const at = (i * 7_919) % locks;
    return path.join(root, i % 2 === 0 ? fileOf(at) : path.join('src', `p${at % 100}`, `free${at}.ts`));
  });
  const { firstUs, againUs } = await reader.ask('covering', files);
  const blockers = await reader.ask(
    'blockersOf',
    Array.from({ length: bench.amount(1_000, 100) }, (_, i) => fileOf((i * 7_919) % locks)),
  );
  await bench.clear();
  const [first, again] = [median(firstUs), median(againUs)];
  const rows: readonly (readonly [what: string, tookUs: readonly number[]])[] = [
    ['locks that cover a file, asked for the first time', firstUs],
    ['the same again: each keystroke asks this', againUs],
    ['locks in the way of a scope', blockers.tookUs],
  ];
  const allUs = firstUs.reduce((sum, each) => sum + each, 0);
  return {
    tables: [
      {
        title: `Questions to a snapshot of ${locks}`,
        notes: [
          `Half of the files are locked. All ${locks} files, once each, are what the marks of as many rows in the Explorer ` +
            'ask at least; what VS Code adds is not in it, because the providers themselves run in VS Code only.',
        ],
        textColumns: 1,
        columns: ['what', 'median', 'p99'],
        rows: [
          ...rows.map(([what, tookUs]) => {
            const { median: middle, p99 } = figureOf([tookUs]);
            return [what, formatUs(middle), formatUs(p99)];
          }),
          [`marks of ${locks} files, all together`, formatUs(allUs), ''],
        ],
      },
    ],
    targets: [
      {
        what: `locks covering a file among ${locks}`,
        target: '≤ 30 µs, again ≤ 1 µs',
        measured: `${formatUs(first)}, again ${formatUs(again)}`,
        isMet: first <= 30 && again <= 1,
      },
    ],
    charts: [],
  };
}
