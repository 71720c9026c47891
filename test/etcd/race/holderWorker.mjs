/**
 * Locks `contended` again and again until the file `stop` appears, and writes down what it believes:
 * `node holderWorker.mjs LIBRARY ROOT FOLDER RESOURCE MANNER`. Each line has the time by the one clock that all processes of
 * a machine share, read *before* the belief was: so a process that is stopped between the two says nothing wrong.
 *
 * Manners: `honest` stops writing once `held.lost` says so; `steady` too, and holds for long; `deaf` does not listen; `late` has looked, and is stopped before
 * what it sends is under way (until the file `go` is there).
 */
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const [library = '', root = '', folder = '', resource = '', manner = ''] = process.argv.slice(2);
/** @type {typeof import('../../../src/manager/library.ts')} */
const { openLocks } = await import(pathToFileURL(library).href);
const isThere = (/** @type {string} */ name) => existsSync(join(folder, name));

/**
 * @param {string} what
 * @param {object} more
 */
function say(what, more = {}, at = process.hrtime.bigint()) {
  const line = { at: String(at), what, pid: process.pid, ...more };
  appendFileSync(join(folder, 'ledger'), `\n${JSON.stringify(line)}\n`);
}

/** @param {import('../../../src/manager/library.ts').HeldLock} held */
async function work(held) {
  const { token } = held;
  const isLong = Math.random() < 0.2 || manner !== 'honest';
  const turns = manner !== 'honest' ? 500 : isLong ? 20 : 1 + Math.floor(Math.random() * 3);
  for (let turn = 0; turn < turns; turn++) {
    const at = process.hrtime.bigint();
    if (held.lost.aborted && manner !== 'deaf') return say('lost', { token, turn });
    say('holds', { token }, at);
    if (manner === 'late' && turn === 0) {
      say('about', { token });
      while (!isThere('go')); // between the look and the write, where no signal reaches
    }
    const { status } = await fetch(`${resource}/${token}`, { method: 'POST' });
    // Nobody refuses one who holds: what was refused had been lost on the way.
    if (status !== 200) return say('refused', { token, isLost: held.lost.aborted });
    if (isLong) await delay(10);
  }
  return undefined;
}

const locks = await openLocks({ root });
say('start');
while (!isThere('stop')) {
  try {
    const outcome = await locks.acquire({
      scope: [{ as: 'path', text: 'contended' }],
      holder: `${manner} ${process.pid}`,
      waitMs: 1_000,
    });
    if (!outcome.ok) continue;
    try {
      await work(outcome.held);
    } finally {
      say('leaves', { token: outcome.held.token });
      await outcome.held.release();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    say('failed', { code, message: String(error) });
    await delay(100);
  }
  await delay(Math.random() * 5);
}
await locks.close();
