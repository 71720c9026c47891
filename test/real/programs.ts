/** Where the programs under test lie. Build them with `node esbuild.mjs` first. */
import { execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));

export const cliFile = path.join(repository, 'dist', 'cli.cjs');
export const libraryFile = path.join(repository, 'dist', 'index.mjs');
export const peersFolder = path.join(repository, 'test', 'peers');
export const peerFile = path.join(peersFolder, 'little_loops.py');
export const raceFolder = path.join(repository, 'test', 'real', 'race');

let python: string | undefined;

/** The interpreter itself: `python3` on PATH may be a shell script that takes a tenth of a second to find it. */
export function pythonFile(): string {
  python ??= execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  return python;
}
