/** Lets workers race for one section for a while, and reads afterwards what happened. */
import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { LockError } from '../../core/errors.ts';
import type { Crew, Worker } from './crew.ts';
import { Ledger, readLedger, startedIn, type LedgerFindings } from './ledger.ts';
import { workerPlace } from './worker.ts';
import type { WorkerMode } from './workerModes.ts';

export interface RaceOptions {
  readonly mode: Exclude<WorkerMode, 'flock'>;
  readonly processes: number;
  /** From the moment on at which all of them have begun. */
  readonly durationMs: number;
  /** About so often somebody is killed, at whatever instruction, and replaced; undefined: nobody. */
  readonly killEveryMs?: number;
  /** Ends the race early. */
  readonly isOver?: (findings: LedgerFindings) => boolean;
  readonly signal: AbortSignal;
}

export interface RaceResult extends LedgerFindings {
  readonly kills: number;
}

const lookMs = 25;

/** A Node.js process starts in a tenth of a second, on a busy machine in some. */
const startBoundMs = 60_000;

/** Some are stopped before they are killed, so that others meet a lock whose holder stands still. */
const stoppedFirstShare = 0.3;
const longestStopMs = 60;

export async function race(crew: Crew, folder: string, options: RaceOptions): Promise<RaceResult> {
  const { ledger: file } = workerPlace(folder);
  fs.rmSync(file, { force: true });
  const ledger = new Ledger(file);
  const read = (): string => fs.readFileSync(file, 'utf8');
  try {
    for (let i = 0; i < options.processes; i++) crew.start(options.mode);
    await allStarted(crew, read, options);
    const kills = await watch(crew, ledger, read, options);
    await crew.stop();
    return { ...readLedger(read()), kills };
  } finally {
    ledger.close();
  }
}

async function allStarted(crew: Crew, read: () => string, { signal, processes }: RaceOptions): Promise<void> {
  const until = performance.now() + startBoundMs;
  while (startedIn(read()).size < processes) {
    await pause(crew, signal);
    if (performance.now() > until) {
      throw new LockError(
        'internal',
        `The ${processes} processes of the proof have not begun after ${startBoundMs / 1_000} s.`,
        'Nothing is proven; try again with fewer processes, or when the machine has less to do.',
      );
    }
  }
}

/** Resolves to the number of kills. */
async function watch(crew: Crew, ledger: Ledger, read: () => string, options: RaceOptions): Promise<number> {
  const { durationMs, killEveryMs = Number.POSITIVE_INFINITY, isOver, signal } = options;
  const startedAt = performance.now();
  const until = startedAt + durationMs;
  let killAt = startedAt + killEveryMs / 2;
  let kills = 0;
  while (performance.now() < until) {
    await pause(crew, signal);
    if (isOver?.(readLedger(read()))) break;
    if (performance.now() < killAt) continue;
    const started = startedIn(read());
    const candidates = crew.workers.filter(({ name }) => started.has(name));
    const victim = candidates[Math.floor(Math.random() * candidates.length)];
    if (!victim) continue;
    await kill(victim, ledger);
    kills++;
    crew.start(options.mode);
    killAt = performance.now() + killEveryMs * (0.5 + Math.random());
  }
  return kills;
}

/**
 * Written down before it is done: whoever enters between the two is not counted against the lock, but a word of the
 * victim after that is.
 */
async function kill({ name, child, ended }: Worker, ledger: Ledger): Promise<void> {
  if (Math.random() < stoppedFirstShare) {
    child.kill('SIGSTOP');
    await delay(Math.random() * longestStopMs);
  }
  ledger.say('killing', name);
  child.kill('SIGKILL');
  await ended;
}

async function pause(crew: Crew, signal: AbortSignal): Promise<void> {
  await delay(Math.random() * lookMs);
  crew.check();
  if (signal.aborted) throw new LockError('cancelled', 'The proof was stopped.', 'Nothing is proven; start it again.');
}
