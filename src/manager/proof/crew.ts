import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { LockError } from '../../core/errors.ts';
import type { WorkerMode } from './workerModes.ts';

/** A program and its first arguments; mode, folder and name follow. */
export type WorkerCommand = readonly [program: string, ...args: readonly string[]];

export interface Worker {
  readonly name: string;
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Resolves with its first line, or with '' where it ended without a word. */
  readonly says: Promise<string>;
  readonly ended: Promise<void>;
}

/** The processes of one proof. None of them outlives it: they end with us, because their stdin does. */
export class Crew {
  readonly #command: WorkerCommand;
  readonly #folder: string;
  readonly #workers = new Set<Worker>();
  #count = 0;
  #problem: LockError | undefined;

  constructor(command: WorkerCommand, folder: string) {
    this.#command = command;
    this.#folder = folder;
  }

  get workers(): readonly Worker[] {
    return [...this.#workers];
  }

  /** Fails where a worker has ended that nobody ended. */
  check(): void {
    if (this.#problem) throw this.#problem;
  }

  start(mode: WorkerMode): Worker {
    const [program, ...args] = this.#command;
    const name = `worker-${++this.#count}`;
    const child = spawn(program, [...args, mode, this.#folder, name], { stdio: ['pipe', 'pipe', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
    child.stdin.on('error', () => undefined); // it has ended before we told it to
    let spoken = '';
    const says = new Promise<string>((resolve) => {
      child.stdout.on('data', (data: Buffer) => {
        spoken += data.toString();
        if (spoken.includes('\n')) resolve(spoken.slice(0, spoken.indexOf('\n')));
      });
      child.once('close', () => resolve(''));
    });
    const ended = new Promise<void>((resolve) => {
      const over = (how: string | undefined): void => {
        this.#workers.delete(worker);
        if (how !== undefined) this.#problem ??= workerFailed(how, complaint);
        resolve();
      };
      child.once('error', ({ message }) => over(message));
      child.once('close', (code, signal) => {
        // We kill, and nobody else should.
        const expected = code === 0 || (signal !== null && child.killed);
        over(expected ? undefined : `ended with ${signal ?? code}`);
      });
    });
    const worker: Worker = { name, child, says, ended };
    this.#workers.add(worker);
    return worker;
  }

  /** Lets all finish what they are at. */
  async stop(): Promise<void> {
    const workers = this.workers;
    for (const { child } of workers) child.stdin.end();
    await Promise.all(workers.map(({ ended }) => ended));
    this.check();
  }

  async killAll(): Promise<void> {
    const workers = this.workers;
    for (const { child } of workers) child.kill('SIGKILL');
    await Promise.all(workers.map(({ ended }) => ended));
  }
}

function workerFailed(how: string, complaint: string): LockError {
  const said = complaint.trim().split('\n').slice(-3).join(' ');
  return new LockError(
    'internal',
    `A process of the proof ${how}${said === '' ? '' : `: ${said}`}`,
    'Nothing is proven; run wlock doctor, and then the proof again.',
  );
}
