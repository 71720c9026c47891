/** A contender in a process of its own: takes and gives back a lock, as often as it is asked to, and says how long it took. */
import { setTimeout as delay } from 'node:timers/promises';
import { answerQuestions } from './answer.mjs';
import { floorSteps } from './floor.mjs';
import { ways } from './ways.mjs';

/**
 * One for each folder that was opened; each question is about the next one.
 * @type {import('./ways.mjs').Take[]}
 */
const takes = [];

function nextTake() {
  const take = takes.shift();
  if (!take) throw new Error('No way was opened.');
  takes.push(take);
  return take;
}

const now = () => Number(process.hrtime.bigint()) / 1_000; // µs of the system's monotonic clock

/** @param {number} times */
async function cycles(times) {
  const take = nextTake();
  /** @type {number[]} */
  const tookUs = [];
  for (let i = 0; i < times; i++) {
    const start = now();
    const give = await take();
    await give();
    tookUs.push(now() - start);
  }
  return tookUs;
}

/**
 * From one moment to another, whatever the others do. A wait that has not ended by then counts as long as it was.
 * @param {{ startUs: number, endUs: number }} times
 */
async function contend({ startUs, endUs }) {
  const take = nextTake();
  await delay(Math.max(0, (startUs - now()) / 1_000));
  let done = 0;
  let longestWaitUs = 0;
  let waitsSince = now();
  const work = async () => {
    while (now() < endUs) {
      waitsSince = now();
      const give = await take();
      longestWaitUs = Math.max(longestWaitUs, now() - waitsSince);
      waitsSince = Infinity;
      await give();
      done++;
    }
  };
  await Promise.race([work(), delay(Math.max(0, (endUs - now()) / 1_000))]);
  return { cycles: done, longestWaitUs: Math.max(longestWaitUs, endUs - waitsSince) };
}

/** @param {{ folder: string, times: number }} question */
function stepCosts({ folder, times }) {
  const steps = floorSteps(folder);
  const costs = steps.map(({ call, why }) => ({ call, why, tookUs: /** @type {number[]} */ ([]) }));
  for (let i = 0; i < times; i++) {
    for (const [k, { run }] of steps.entries()) {
      const start = now();
      run();
      costs[k]?.tookUs.push(now() - start);
    }
  }
  return costs;
}

await answerQuestions({
  async open({ way, ...place }) {
    const take = await ways[way]?.(place);
    if (!take) throw new Error(`There is no way ${way}.`);
    takes.push(take);
  },
  cycles,
  contend,
  stepCosts,
});
