/** Rounds in which several processes meet one stale lock at once: how many believe that they have it? */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as readline from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { libraryFile } from '../real/programs.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';
import { staleLockOf, type Method } from './staleLock.ts';

export interface StaleLockResult {
  readonly method: Method;
  readonly rounds: number;
  readonly seconds: number;
  /** Number of winners → rounds with so many. */
  readonly roundsByWinners: ReadonlyMap<number, number>;
}

export async function raceForStaleLock(
  method: Method,
  options: { readonly rounds: number; readonly processes: number; readonly signal?: AbortSignal },
): Promise<StaleLockResult> {
  using root = new TemporaryRoot();
  const leaveStaleLock = await staleLockOf(method, root.path);
  const contenders = Array.from({ length: options.processes }, () => new Contender(method, root.path));
  const begun = performance.now();
  try {
    const roundsByWinners = new Map<number, number>();
    await all(contenders, (contender) => contender.expect(['ready']));
    for (let round = 0; round < options.rounds; round++) {
      options.signal?.throwIfAborted();
      leaveStaleLock(round);
      const before = winsIn(root.path);
      for (const contender of contenders) contender.tell('try');
      await all(contenders, (contender) => contender.expect(['won', 'lost']));
      const winners = winsIn(root.path) - before;
      roundsByWinners.set(winners, (roundsByWinners.get(winners) ?? 0) + 1);
      for (const contender of contenders) contender.tell('end');
      await all(contenders, (contender) => contender.expect(['ended']));
    }
    const seconds = (performance.now() - begun) / 1_000;
    return { method, rounds: options.rounds, seconds, roundsByWinners };
  } finally {
    await all(contenders, (contender) => contender.end());
  }
}

/** Rounds in which two or more believed that they have the lock. */
export function roundsWithSeveral({ roundsByWinners }: StaleLockResult): number {
  return [...roundsByWinners].reduce((sum, [winners, rounds]) => sum + (winners > 1 ? rounds : 0), 0);
}

const workerFile = fileURLToPath(new URL('workers/staleLockWorker.mjs', import.meta.url));

class Contender {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string, undefined>;
  readonly #closed: Promise<unknown>;

  constructor(method: Method, folder: string) {
    this.#child = spawn(process.execPath, [workerFile, method, folder, libraryFile], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#closed = once(this.#child, 'close');
    this.#lines = readline.createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  tell(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  async expect(answers: readonly string[]): Promise<void> {
    const { value } = await this.#lines.next();
    if (value !== undefined && answers.includes(value)) return;
    throw new Error(`A contender said ${value ?? 'no more'}, not ${answers.join(' or ')}.`);
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}

async function all(contenders: readonly Contender[], what: (contender: Contender) => Promise<void>): Promise<void> {
  await Promise.all(contenders.map(what));
}

function winsIn(folder: string): number {
  const ledger = path.join(folder, 'ledger');
  return fs.existsSync(ledger) ? fs.readFileSync(ledger, 'utf8').split('\n').length - 1 : 0;
}
