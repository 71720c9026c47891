/** How many processes a cycle of the portable provider starts: strace(1) counts them, so that none can be forgotten. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { libraryFile } from '../../real/programs.ts';
import { onPath } from '../../setup/onPath.mjs';
import type { Workbench } from '../harness/workbench.ts';

const script = fileURLToPath(new URL('../workers/cycles.mjs', import.meta.url));
const [few, many] = [10, 60];

/** Undefined where there is no strace. */
export async function countSpawns(bench: Workbench): Promise<number | undefined> {
  const strace = onPath('strace');
  if (strace === undefined) return undefined;
  const counts = [few, many].map((cycles) => countIn(strace, bench, cycles));
  await bench.clear();
  return ((counts[1] ?? NaN) - (counts[0] ?? NaN)) / (many - few);
}

/** The programs that a whole process starts, with its start and end; the difference of two is what the cycles started. */
function countIn(strace: string, bench: Workbench, cycles: number): number {
  const folder = bench.newRoot();
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
