/** Locks with the library until the file `stop` appears: `node libraryWorker.mjs LIBRARY ROOT FOLDER AS TEXT`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Section, work } from './section.mjs';

const [library = '', root = '', folder = '', as = '', text = ''] = process.argv.slice(2);
if (as !== 'path' && as !== 'name') throw new Error(`no such scope: ${as}`);
/** @type {typeof import('../../../src/manager/library.ts')} */
const { openLocks } = await import(pathToFileURL(library).href);
const locks = await openLocks({ root });
const section = new Section(folder, 'library');
const stop = join(folder, 'stop');

while (!existsSync(stop)) {
  const from = section.position();
  let outcome;
  try {
    outcome = await locks.acquire({ scope: [{ as, text }], holder: `library ${process.pid}` });
  } catch (error) {
    section.say('failed', String(error).replaceAll('\n', ' '));
    continue;
  }
  if (!outcome.ok) {
    section.say('conflict', from, outcome.conflict.locks.map((lock) => lock.holder.pid).join(','));
    await delay(1 + Math.random() * 3);
    continue;
  }
  if (section.enter()) {
    work(50 + Math.random() * 200);
    if (Math.random() < 0.05) await delay(3);
    section.leave();
  }
  await outcome.held.release();
  await delay(Math.random() * 2);
}
await locks.close();
