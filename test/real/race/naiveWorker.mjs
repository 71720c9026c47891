/** The negative control: check, then create. It must be caught. `node naiveWorker.mjs LIBRARY ROOT FOLDER`. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { Section, work } from './section.mjs';

const [, root = '', folder = ''] = process.argv.slice(2);
const section = new Section(folder, 'naive');
const stop = join(folder, 'stop');
const lock = join(root, 'naive.lock');

while (!existsSync(stop)) {
  if (existsSync(lock)) {
    await delay(Math.random());
    continue;
  }
  await setImmediate();
  writeFileSync(lock, String(process.pid));
  if (section.enter()) {
    work(50 + Math.random() * 200);
    section.leave();
  }
  rmSync(lock, { force: true });
  await delay(Math.random());
}
