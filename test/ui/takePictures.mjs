// `npm run pictures`: takes the pictures of `media/` anew, in the windows of the browser tests. Look at each before you
// commit it. A new one: let a test take it, and put it into `media/` once.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const taken = join(root, 'dist', 'test', 'pictures');
const media = join(root, 'media');

mkdirSync(taken, { recursive: true });
const { status } = spawnSync(
  process.execPath,
  ['node_modules/mocha/bin/mocha.js', '--import=tsx/esm', '--timeout=120000', 'test/ui/**/*.test.ts'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, WLOCK_SCREENSHOT_DIR: taken } },
);
if (status !== 0) process.exit(status ?? 1);
/** Other programs make these. */
const isElsewhere = (/** @type {string} */ name) => name === 'icon.png' || name.startsWith('bench-');
for (const name of readdirSync(media).filter((each) => each.endsWith('.png') && !isElsewhere(each))) {
  if (!existsSync(join(taken, name))) throw new Error(`No test takes ${name}, which is in media/.`);
  copyFileSync(join(taken, name), join(media, name));
  console.log(`media/${name}`);
}
