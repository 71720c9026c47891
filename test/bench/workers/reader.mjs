/** Looks at the locks of one root, with `node --expose-gc`, and says how long that took and what it weighs. */
import { watch } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { answerQuestions, tell } from './answer.mjs';

/** @type {import('../../../src/manager/library.ts').LockManager | undefined} */
let opened;

const now = () => Number(process.hrtime.bigint()) / 1_000; // µs of the system's monotonic clock

function locks() {
  if (!opened) throw new Error('No root was opened.');
  return opened;
}

/** @param {() => unknown} work */
async function took(work) {
  const start = now();
  await work();
  return now() - start;
}

function memory() {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapUsed, rss };
}

await answerQuestions({
  /** @param {{ library: string, root: string }} question */
  async open({ library, root }) {
    /** @type {typeof import('../../../src/manager/library.ts')} */
    const { openLocks } = await import(pathToFileURL(library).href);
    opened = await openLocks({ root });
  },
  memory,
  /** @param {number} times */
  async refresh(times) {
    const tookUs = [];
    for (let i = 0; i < times; i++) tookUs.push(await took(() => locks().refresh()));
    return { tookUs, locks: locks().snapshot.locks.length };
  },
  /**
   * Each file once, and then all of them again and again: too short to be timed one by one.
   * @param {readonly string[]} files
   */
  covering(files) {
    const firstUs = [];
    let covered = 0;
    for (const file of files) {
      const start = now();
      covered += locks().covering(file).length;
      firstUs.push(now() - start);
    }
    const againUs = [];
    const times = 200;
    for (const file of files.slice(0, 100)) {
      const start = now();
      for (let i = 0; i < times; i++) locks().covering(file);
      againUs.push((now() - start) / times);
    }
    return { firstUs, againUs, covered };
  },
  /** @param {readonly string[]} scopes */
  async blockersOf(scopes) {
    const tookUs = [];
    let blockers = 0;
    for (const text of scopes) {
      const scope = locks().readScope([{ as: 'path', text }]);
      tookUs.push(await took(async () => (blockers += (await locks().blockersOf(scope)).length)));
    }
    return { tookUs, blockers };
  },
  /** From now on each change is told, with the moment at which the listener heard of it. */
  async watch() {
    await locks().refresh();
    /** When the system told this process of a record, before anybody else in it. @type {number | undefined} */
    let arrivedUs;
    const watcher = watch(dirname(locks().snapshot.locks[0]?.file ?? ''), (_, name) => {
      if (name?.endsWith('.lock')) arrivedUs ??= now();
    });
    watcher.unref();
    locks().onDidChange(({ added, removed, changed }) => {
      const atUs = now();
      const workUs = arrivedUs === undefined ? 0 : atUs - arrivedUs;
      arrivedUs = undefined;
      if (added.length + removed.length + changed.length > 1_000) return;
      tell({
        atUs,
        workUs,
        added: added.map(({ holder }) => holder.name),
        removed: removed.map(({ holder }) => holder.name),
        stale: [...added, ...changed.map(({ after }) => after)]
          .filter(({ verdict }) => verdict === 'stale')
          .map(({ holder }) => holder.name),
      });
    });
    locks().watch();
    await locks().refresh();
  },
  /** What it costs when nothing happens. @param {number} ms */
  async idle(ms) {
    const before = { cpu: process.cpuUsage(), switches: process.resourceUsage().voluntaryContextSwitches, at: now() };
    await delay(ms);
    const { user, system } = process.cpuUsage(before.cpu);
    const seconds = (now() - before.at) / 1_000_000;
    return {
      cpuPercent: (user + system) / seconds / 10_000,
      wakeUpsPerSecond: (process.resourceUsage().voluntaryContextSwitches - before.switches) / seconds,
    };
  },
});
