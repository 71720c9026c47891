/** Runs the explorer on a copy of the shipped files, as they are or with one patch. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Edit } from './mutants.ts';
import type { Scale } from './scenarios.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface Explored {
  readonly code: number | undefined;
  readonly output: string;
}

export async function exploreHere(scenario: string, scale: Scale): Promise<Explored> {
  return await run(repository, ...(scale === 'whole' ? ['--whole'] : []), scenario);
}

/** @throws Error where an edit does not fit exactly once: then it tests nothing */
export async function exploreMutant(edits: readonly Edit[], scenario: string): Promise<Explored> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wlock-mutant-'));
  try {
    for (const part of ['src', 'test/safety', 'package.json', 'tsconfig.json']) {
      fs.cpSync(path.join(repository, part), path.join(folder, part), { recursive: true });
    }
    fs.symlinkSync(path.join(repository, 'node_modules'), path.join(folder, 'node_modules'));
    for (const { file, from, to } of edits) {
      const target = path.join(folder, file);
      const parts = fs.readFileSync(target, 'utf8').split(from);
      if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${from}`);
      fs.writeFileSync(target, parts.join(to));
    }
    return await run(folder, scenario);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function run(folder: string, ...words: readonly string[]): Promise<Explored> {
  const explorer = path.join(folder, 'test/safety/explore.ts');
  const child = spawn(process.execPath, ['--import=tsx', explorer, ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? undefined, output }));
  });
}
