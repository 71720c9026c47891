/** Locks with the library until the file `stop` appears: `node libraryWorker.mjs LIBRARY FOLDER NAME SEED`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { work } from '../../real/race/section.mjs';
import { Chance } from '../chance.mjs';
import { Fence, Ledger, readPlan } from './section.mjs';

const [library = '', folder = '', who = '', seed] = process.argv.slice(2);
/** @type {typeof import('../../../src/manager/library.ts')} */
const { openLocks, startHeartbeat, LockError } = await import(pathToFileURL(library).href);
const { root, pool, longestStepMs, longestStayMs, pauseMs, staysUntilTold, stopsItself } = readPlan(folder);
const chance = new Chance(Number(seed));
const ledger = new Ledger(folder, who);
const fence = new Fence(folder);
const locks = await openLocks({ root });
const stop = join(folder, 'stop');

ledger.say('start');
while (!existsSync(stop)) {
  await request();
  await pause(chance.between(0, 2 * pauseMs));
}
await locks.close();
fence.close();

/** In pieces, so that the end is seen in time. @param {number} ms */
async function pause(ms) {
  const until = performance.now() + ms;
  do await delay(Math.min(200, ms));
  while (performance.now() < until && !existsSync(stop));
}

async function request() {
  const from = ledger.position();
  const number = chance.below(pool.length);
  const mode = chance.happens(0.35) ? 'shared' : 'exclusive';
  // A third of the leases is shorter than what is done inside, unless it is renewed.
  const ttlMs = chance.happens(0.5) ? Math.round(chance.between(40, 300)) : undefined;
  try {
    const outcome = await locks.acquire({
      scope: pool[number]?.parts ?? [],
      holder: who,
      mode,
      ...(ttlMs === undefined ? {} : { ttlMs }),
      ...patience(),
    });
    if (outcome.ok) return await inside(outcome.held, number, mode, ttlMs, from);
    ledger.say('conflict', from, outcome.conflict.locks.map(({ holder }) => holder.name).join(','));
  } catch (error) {
    if (error instanceof LockError) ledger.say('refused', error.code);
    else ledger.say('failed', encodeURIComponent(String(error)));
    await delay(20);
  }
}

/** Wait in the queue, come again and again, or give up at once. */
function patience() {
  const way = chance.next();
  if (way < 0.4) return { waitMs: Math.round(chance.between(200, 2_500)), onWaiting: () => ledger.say('wait') };
  return way < 0.7 ? { retry: { times: 5, minMs: 5, maxMs: 60 } } : {};
}

/**
 * @param {import('../../../src/manager/library.ts').HeldLock} held
 * @param {number} number of the scope
 * @param {'exclusive' | 'shared'} mode
 * @param {number | undefined} ttlMs
 * @param {number} from
 */
async function inside(held, number, mode, ttlMs, from) {
  const resource = pool[number]?.covered[0];
  let isOver = held.lost.aborted;
  let expiresAt = held.expiresAt;
  const leave = (/** @type {string} */ how) => {
    if (isOver) return;
    isOver = true;
    ledger.say('leave', held.id, how);
  };
  const noteRenewal = () => {
    if (held.expiresAt !== expiresAt) ledger.say('renewed', held.id);
    expiresAt = held.expiresAt;
  };
  if (!isOver) ledger.say('enter', held.id, number, mode, ttlMs ?? 0, from, held.token);
  // Told before the lock is given back, so nobody can be inside yet.
  held.lost.addEventListener('abort', () => leave(held.lost.reason.cause.kind === 'expired' ? 'expired' : 'told'));
  const heartbeat = ttlMs !== undefined && chance.happens(0.6) ? startHeartbeat(held, ttlMs) : undefined;
  const steps = 1 + chance.below(6);
  for (let step = 0; step < steps && !isOver; step++) {
    work(chance.between(20, 400));
    if (mode === 'exclusive' && resource !== undefined) {
      if (chance.happens(stopsItself)) stopHere(held.id);
      await fence.write(resource, held.token, who);
    }
    await delay(chance.between(0, longestStepMs));
    noteRenewal();
  }
  if (chance.happens(staysUntilTold)) {
    const until = performance.now() + longestStayMs;
    for (; !isOver && performance.now() < until; noteRenewal()) await delay(20);
  }
  leave('done');
  heartbeat?.dispose();
  await held.release();
}

/** Until somebody else continues us; then the write follows, whatever has happened meanwhile. @param {string} key */
function stopHere(key) {
  ledger.say('stopping', key);
  process.kill(process.pid, 'SIGSTOP');
}
