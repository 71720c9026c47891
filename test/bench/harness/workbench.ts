/** What all parts work with: folders on the disk of the repository, and workers. All of it is gone in the end. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pythonFile } from '../../real/programs.ts';
import { removeFolder } from '../../setup/removeFolder.mjs';
import { Worker, type Question } from './worker.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const workersFolder = fileURLToPath(new URL('../workers', import.meta.url));

/** `quick`: a proof that it works, in about a minute; its figures say little. */
export type Pace = 'whole' | 'quick';

export interface WorkerOptions {
  /** Which way to flock(2): the library's own names. */
  readonly flock?: 'fs-ext' | 'portable';
  readonly nodeFlags?: readonly string[];
}

/** What of a worker matters in the end. */
interface Ending {
  kill(): Promise<void>;
  end(): Promise<void>;
}

export class Workbench implements AsyncDisposable {
  readonly pace: Pace;
  readonly #folder: string;
  readonly #workers = new Set<Ending>();
  #roots = 0;

  constructor(pace: Pace) {
    this.pace = pace;
    const parent = path.join(repository, 'dist', 'bench');
    fs.mkdirSync(parent, { recursive: true });
    this.#folder = fs.realpathSync(fs.mkdtempSync(path.join(parent, 'run-')));
    spreadOverDisk(this.#folder);
    fs.mkdirSync(this.home);
  }

  /** So much in a whole run, or enough for a quick one. */
  amount(whole: number, quick: number): number {
    return this.pace === 'whole' ? whole : quick;
  }

  /** As many locks as nobody has. */
  get many(): number {
    return this.amount(10_000, 1_000);
  }

  /** An empty home: no other tool has left anything there. */
  get home(): string {
    return path.join(this.#folder, 'home');
  }

  /** A workspace of its own, which looks like a clone, as most do. */
  newRoot(): string {
    const root = path.join(this.#folder, `root-${++this.#roots}`);
    fs.mkdirSync(path.join(root, '.git'), { recursive: true });
    return root;
  }

  /** What a process starts with: none of the variables that concern locks, unless told. */
  environment({ flock = 'fs-ext' }: WorkerOptions = {}): NodeJS.ProcessEnv {
    const { PATH } = process.env;
    return { PATH, HOME: this.home, WLOCK_FLOCK: flock, LANG: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1' };
  }

  startNode<Asked extends Readonly<Record<keyof Asked, Question>>>(
    script: string,
    options: WorkerOptions = {},
  ): Worker<Asked> {
    const words = [...(options.nodeFlags ?? []), path.join(workersFolder, script)];
    return this.#keep(new Worker<Asked>(process.execPath, words, this.environment(options)));
  }

  startPython<Asked extends Readonly<Record<keyof Asked, Question>>>(script: string): Worker<Asked> {
    return this.#keep(new Worker<Asked>(pythonFile(), [path.join(workersFolder, script)], this.environment()));
  }

  /** Ends all workers and removes all folders: a scene is over. */
  async clear(): Promise<void> {
    const workers = [...this.#workers];
    this.#workers.clear();
    await Promise.all(workers.map((worker) => worker.end()));
    for (const name of fs.readdirSync(this.#folder)) {
      if (name.startsWith('root-')) removeFolder(path.join(this.#folder, name));
    }
  }

  /** At once, for a run that is interrupted. */
  abandon(): void {
    for (const worker of this.#workers) void worker.kill();
    removeFolder(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clear();
    removeFolder(this.#folder);
  }

  #keep<Asked extends Readonly<Record<keyof Asked, Question>>>(worker: Worker<Asked>): Worker<Asked> {
    this.#workers.add(worker);
    return worker;
  }
}

/**
 * ext4 puts folders beside their parent, and looks the longer for a free inode the more of those nearby are taken: up to ten
 * times as long to create a file, for whoever came last. With this attribute each folder in this one gets a part of the disk
 * that has room. Other file systems do not know it, and need it less.
 */
function spreadOverDisk(folder: string): void {
  spawnSync('chattr', ['+T', folder], { stdio: 'ignore' });
}
