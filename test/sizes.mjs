// Size budgets: what people download and what VS Code loads stays small. Bytes, as built.
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const kib = 1024;
const budgets = {
  'dist/extension.cjs': 150 * kib,
  'dist/cli.mjs': 220 * kib,
  'dist/keeper.mjs': 150 * kib,
  'dist/index.mjs': 150 * kib,
  'dist/picomatch.cjs': 30 * kib,
};

let over = 0;
for (const [file, budget] of Object.entries(budgets)) {
  const { size } = statSync(fileURLToPath(new URL(`../${file}`, import.meta.url)));
  console.log(`${size <= budget ? 'ok  ' : 'OVER'} ${file}: ${Math.ceil(size / kib)} of ${budget / kib} KiB`);
  if (size > budget) over++;
}
process.exitCode = over === 0 ? 0 : 1;
