/** What each process of a proof does: enters and leaves one section again and again, until its stdin ends. */
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openNodeOs } from '../../os/node.ts';
import { openLocks, type LockManager } from '../lockManager.ts';
import { Ledger } from './ledger.ts';
import type { WorkerMode } from './workerModes.ts';

/** What they all want. */
export const contended = { as: 'path', text: 'contended' } as const;

export interface WorkerPlace {
  /** The workspace of the race. */
  readonly root: string;
  readonly ledger: string;
  readonly flock: string;
}

export function workerPlace(folder: string): WorkerPlace {
  return { root: folder, ledger: path.join(folder, 'ledger'), flock: path.join(folder, 'flock') };
}

/** The first word of a `flock` worker on stdout. */
export type FlockAnswer = 'taken' | 'refused';

export async function runWorker(mode: WorkerMode, folder: string, name: string): Promise<void> {
  // A terminal's Ctrl-C reaches us too, but whoever started us ends us in order.
  process.on('SIGINT', () => undefined);
  const stop = new AbortController();
  process.stdin.on('end', () => stop.abort()).resume();
  switch (mode) {
    case 'flock':
      return await keepFlock(workerPlace(folder), stop.signal);
    case 'bare':
      return await race(folder, name, stop.signal, () => Promise.resolve({ release: () => Promise.resolve() }));
    case 'locked': {
      // Variables of a lock around the proof must not lead us to another workspace.
      await using locks = await openLocks({ root: folder, environment: {} });
      await race(folder, name, stop.signal, () => tryLock(locks, name));
    }
  }
}

async function keepFlock({ flock }: WorkerPlace, stop: AbortSignal): Promise<void> {
  const os = await openNodeOs();
  const fd = await os.openLocked(flock, 'create', 'exclusive');
  process.stdout.write(`${(fd === undefined ? 'refused' : 'taken') satisfies FlockAnswer}\n`);
  if (!stop.aborted) await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()));
  if (fd !== undefined) os.close(fd);
}

interface Section {
  release(): Promise<void>;
}

async function tryLock(locks: LockManager, name: string): Promise<Section | undefined> {
  const outcome = await locks.acquire({ scope: [contended], holder: name, tool: 'proof' });
  return outcome.ok ? outcome.held : undefined;
}

async function race(
  folder: string,
  name: string,
  stop: AbortSignal,
  enter: () => Promise<Section | undefined>,
): Promise<void> {
  const ledger = new Ledger(workerPlace(folder).ledger);
  ledger.say('start', name);
  let wantedAt = performance.now();
  while (!stop.aborted) {
    const section = await enter();
    if (!section) {
      ledger.say('refused', name);
      await delay(1 + Math.random() * 3);
      continue;
    }
    ledger.say('enter', name, performance.now() - wantedAt);
    work(50 + Math.random() * 200);
    // Now and then long enough that everybody else gets the processor meanwhile.
    if (Math.random() < 0.05) await delay(3);
    ledger.say('leave', name);
    await section.release();
    await delay(Math.random() * 2);
    wantedAt = performance.now();
  }
  ledger.close();
}

/** Keeps the processor busy, as work inside a lock does. */
function work(us: number): void {
  const until = performance.now() + us / 1_000;
  while (performance.now() < until);
}
