/**
 * Builds `dist/types`, the declarations of the library: what its entry reaches and nothing else. `tsc` writes one for each
 * file that it has read, and the insides of the program are nobody's business.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = import.meta.dirname;
const types = join(root, 'dist', 'types');
const entry = join(types, 'manager', 'library.d.ts');

rmSync(types, { recursive: true, force: true }); // what an earlier build wrote for files that are gone
const tsc = fileURLToPath(import.meta.resolve('typescript/lib/tsc.js'));
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.types.json'], { cwd: root, stdio: 'inherit' });

const reached = new Set([entry]);
for (const file of reached) {
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/(?:from |import\()'(\.[^']+)\.ts'/g)) {
    reached.add(`${resolve(dirname(file), path)}.d.ts`);
  }
}
removeOthers(types);

/** @param {string} folder */
function removeOthers(folder) {
  for (const item of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, item.name);
    if (item.isDirectory()) removeOthers(path);
    else if (!reached.has(path)) rmSync(path);
  }
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}
