// Size budgets: what VS Code and a shell load at once stays small. Bytes, as built; parts that are loaded when they are
// needed do not count, what they share with the entry does.
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const kib = 1024;
const budgets = {
  'dist/extension.cjs': 150 * kib,
  'dist/cli.cjs': 220 * kib,
  'dist/keeper.cjs': 150 * kib,
  'dist/index.mjs': 150 * kib,
  'dist/picomatch.cjs': 30 * kib,
  'dist/activity.js': 16 * kib,
};

/** @type {Record<string, string[]>} */
const parts = JSON.parse(readFileSync(new URL('../dist/parts.json', import.meta.url), 'utf8'));

let over = 0;
for (const [file, budget] of Object.entries(budgets)) {
  const files = parts[file] ?? [file];
  const size = files.reduce(
    (sum, part) => sum + statSync(fileURLToPath(new URL(`../${part}`, import.meta.url))).size,
    0,
  );
  console.log(`${size <= budget ? 'ok  ' : 'OVER'} ${file}: ${Math.ceil(size / kib)} of ${budget / kib} KiB`);
  if (size > budget) over++;
}
process.exitCode = over === 0 ? 0 : 1;
