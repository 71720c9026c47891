/** How many processes a cycle of the portable provider starts: strace(1) counts them, so that none can be forgotten. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { libraryFile } from '../../real/programs.ts';
import { onPath } from '../../setup/onPath.mjs';
import { surround, type HolderQuestions } from '../harness/surroundings.ts';
import type { Workbench } from '../harness/workbench.ts';

const script = fileURLToPath(new URL('../workers/cycles.mjs', import.meta.url));
const [few, many] = [10, 60];
const others = 100;

/** Programs started by a cycle. */
export interface Spawns {
  readonly alone: number;
  readonly among: number;
  readonly others: number;
}

/** Undefined where there is no strace. */
export async function countSpawns(bench: Workbench): Promise<Spawns | undefined> {
  const strace = onPath('strace');
  if (strace === undefined) return undefined;
  const holder = bench.startNode<HolderQuestions>('holder.mjs');
  const perCycle = async (count: number): Promise<number> => {
    const counts: number[] = [];
    for (const cycles of [few, many]) {
      const folder = bench.newRoot();
      await surround(folder, 'ours', count, holder);
      counts.push(countIn(strace, bench, folder, cycles));
    }
    return ((counts[1] ?? NaN) - (counts[0] ?? NaN)) / (many - few);
  };
  const spawns = { alone: await perCycle(0), among: await perCycle(others), others };
  await bench.clear();
  return spawns;
}

/** The programs that a whole process starts, with its start and end; the difference of two is what the cycles started. */
function countIn(strace: string, bench: Workbench, folder: string, cycles: number): number {
  const trace = path.join(folder, 'trace');
  const questions = [
    { ask: 'open', details: { way: 'library', folder, scope: 'wanted', library: libraryFile } },
    { ask: 'cycles', details: cycles },
  ];
  execFileSync(strace, ['-f', '-qq', '-e', 'trace=execve', '-o', trace, process.execPath, script], {
    input: questions.map((question) => `${JSON.stringify(question)}\n`).join(''),
    env: bench.environment({ flock: 'portable' }),
    timeout: 60_000,
  });
  const calls = fs.readFileSync(trace, 'utf8').split('\n');
  return calls.filter((line) => / (execve\(|<\.\.\. execve resumed>).* = 0$/.test(line)).length;
}
