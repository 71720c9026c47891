/** The command line as a shell starts it, beside the least that Node.js and flock(1) cost: one after the other, in rounds. */
import { spawnSync } from 'node:child_process';
import * as path from 'node:path';
import { cliFile } from '../../real/programs.ts';
import { figureOf, ratioOf } from '../harness/statistics.ts';
import { fileOf, surround, type HolderQuestions } from '../harness/surroundings.ts';
import { takeTurns, type Contender } from '../harness/rounds.ts';
import type { Workbench } from '../harness/workbench.ts';
import type { Part } from '../report/part.ts';
import { formatTimes, formatUs } from '../report/units.ts';
import { figureCells } from './cycle.ts';

const bare = 'node -e 0';
const check = 'wlock check';
const checkedPaths = 1_000;

export async function measureCommandLine(bench: Workbench): Promise<Part> {
  const holder = bench.startNode<HolderQuestions>('holder.mjs');
  const [empty, crowded, packed] = [bench.newRoot(), bench.newRoot(), bench.newRoot()];
  await surround(crowded, 'ours', 100, holder);
  await surround(packed, 'ours', bench.many, holder);
  const wlock = (name: string, root: string, words: readonly string[]): Contender =>
    command(bench, name, root, [process.execPath, cliFile, ...words]);
  // Free ones: a locked one would end the look early, or not, as the implementation likes.
  const paths = Array.from({ length: checkedPaths }, (_, i) => path.join('docs', fileOf(i)));
  const contenders = [
    command(bench, bare, empty, [process.execPath, '-e', '0']),
    wlock('wlock --version', empty, ['--version']),
    wlock(check, empty, ['check', 'src/api']),
    wlock('wlock check, among 100 locks', crowded, ['check', 'src/api']),
    wlock(`wlock check, among ${bench.many} locks`, packed, ['check', 'docs/api']),
    wlock(`wlock check of ${checkedPaths} paths, among 100 locks`, crowded, ['check', ...paths]),
    wlock(`wlock check of ${checkedPaths} paths, among ${bench.many} locks`, packed, ['check', ...paths]),
    command(bench, 'flock(1) FILE true', empty, ['flock', path.join(empty, 'file'), 'true']),
    wlock('wlock run -- true', empty, ['run', '--path', 'wanted', '--', 'true']),
    wlock(`wlock run -- true, among ${bench.many} locks`, packed, ['run', '--path', 'wanted', '--', 'true']),
  ];
  const rounds = await takeTurns(contenders, {
    rounds: bench.amount(25, 3),
    turnMs: 1,
    mostMs: bench.amount(12_000, 2_000),
    warmUpMs: 0,
  });
  await bench.clear();
  const samplesOf = (name: string): readonly (readonly number[])[] => rounds.get(name) ?? [];
  const toBare = ratioOf(samplesOf(check), samplesOf(bare));
  return {
    title: 'Command line',
    tables: [
      {
        title: 'From start to end',
        notes: ['Wall time of a whole process. Among locks that a living process holds; the checked paths are free.'],
        textColumns: 1,
        columns: ['command', 'median', 'p99', 'spread', `to ${bare}`],
        rows: contenders.map(({ name }) => [
          name,
          ...figureCells(figureOf(samplesOf(name))),
          formatTimes(ratioOf(samplesOf(name), samplesOf(bare))),
        ]),
      },
    ],
    targets: [
      {
        what: check,
        target: `≤ 1.5 × ${bare}`,
        measured: `${formatTimes(toBare)} (${formatUs(figureOf(samplesOf(check)).median)})`,
        isMet: toBare <= 1.5,
      },
    ],
    charts: [],
  };
}

/** Fails where the command does: what ends early is fast. */
function command(bench: Workbench, name: string, cwd: string, [program = '', ...words]: readonly string[]): Contender {
  const env = bench.environment();
  const run = (times: number): readonly number[] =>
    Array.from({ length: times }, () => {
      const start = performance.now();
      const { status, stderr } = spawnSync(program, words, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
      const tookUs = (performance.now() - start) * 1_000;
      if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr.toString()}`);
      return tookUs;
    });
  return { name, run: (times) => Promise.resolve(run(times)) };
}
