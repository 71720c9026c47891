/** Start here: lets processes race for one scope, kills some if asked to, and reads afterwards what happened. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { libraryFile, peerFile, peersFolder, pythonFile, raceFolder } from '../programs.ts';
import type { TemporaryRoot } from '../temporaryRoot.ts';
import { waitFor } from '../waitFor.ts';
import { analyse, type Findings } from './ledger.ts';

export type Kind = 'library' | 'loop' | 'naive' | ToolKind;

/** Peers that speak another tool's format. */
export type ToolKind = 'swarm' | 'openclaw' | 'agentwire';

/** One thing, as our processes name it and as the tool does. */
export interface Contended {
  readonly scope: { readonly as: 'path' | 'name'; readonly text: string };
  /** One peer after the other takes one of these, and begins again. */
  readonly toolWords: readonly string[];
}

const peerNames: Readonly<Record<ToolKind, string>> = {
  swarm: 'claude_swarm.py',
  openclaw: 'openclaw_b.py',
  agentwire: 'agentwire.py',
};

export interface RaceOptions {
  readonly workers: readonly Kind[];
  /** What they race for; without it, the path `contended`. */
  readonly contended?: Contended;
  readonly acquisitions: number;
  /** Mean number of acquisitions between two kills, whatever the machine's speed; undefined: nobody is killed. */
  readonly acquisitionsPerKill?: number;
  readonly environment?: NodeJS.ProcessEnv;
  /** Called every few milliseconds: what somebody does to the files meanwhile. */
  readonly meddle?: () => void;
  /** Ends the race early, such as a negative control that has been caught. */
  readonly isOver?: (findings: Findings) => boolean;
  readonly boundMs: number;
}

export interface RaceResult extends Findings {
  readonly kills: ReadonlyMap<string, number>;
  readonly seconds: number;
}

interface Worker {
  readonly kind: Kind;
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  killed: boolean;
}

const pathContended: Contended = { scope: { as: 'path', text: 'contended' }, toolWords: ['contended'] };

const meddleMs = 3;

/** At most so long between two looks at the ledger. */
const lookMs = 20;

/** How long workers may take to see that they shall stop. */
const stopBoundMs = 15_000;

export async function race(root: TemporaryRoot, options: RaceOptions): Promise<RaceResult> {
  const folder = root.in('race');
  fs.mkdirSync(folder);
  const runner = new Race(root, folder, options);
  const started = performance.now();
  try {
    await runner.run();
  } finally {
    await runner.killAll();
  }
  const seconds = (performance.now() - started) / 1_000;
  return { ...runner.findings(), kills: runner.kills, seconds };
}

class Race {
  readonly kills = new Map<string, number>();
  readonly #root: TemporaryRoot;
  readonly #folder: string;
  readonly #options: RaceOptions;
  readonly #workers: Worker[] = [];
  readonly #ledger: number;
  readonly #progress: Progress;
  #problem: string | undefined;
  #started = 0;

  constructor(root: TemporaryRoot, folder: string, options: RaceOptions) {
    this.#root = root;
    this.#folder = folder;
    this.#options = options;
    this.#ledger = fs.openSync(path.join(folder, 'ledger'), 'a');
    this.#progress = new Progress(path.join(folder, 'ledger'));
  }

  findings(): Findings {
    return analyse(fs.readFileSync(path.join(this.#folder, 'ledger')));
  }

  async run(): Promise<void> {
    const { workers, boundMs } = this.#options;
    for (const kind of workers) this.#start(kind);
    const until = performance.now() + boundMs;
    const { meddle } = this.#options;
    const meddling = meddle && setInterval(meddle, meddleMs);
    try {
      await this.#runUntil(until);
    } finally {
      clearInterval(meddling);
    }
    fs.writeFileSync(path.join(this.#folder, 'stop'), '');
    const exits = Promise.all(this.#workers.map(({ exited }) => exited)).then(() => true);
    await Promise.race([exits, delay(stopBoundMs, undefined, { ref: false })]);
    await waitFor('all workers stopped', () => this.#workers.length === 0, 1_000);
    if (this.#problem !== undefined) throw new Error(this.#problem);
  }

  async #runUntil(until: number): Promise<void> {
    const { acquisitionsPerKill, boundMs } = this.#options;
    const untilNextKill = (): number => Math.random() * 2 * (acquisitionsPerKill ?? Number.POSITIVE_INFINITY);
    let killAt = untilNextKill();
    while (!this.#isOver()) {
      if (this.#problem !== undefined) throw new Error(this.#problem);
      if (performance.now() > until) throw new Error(`Not over in ${boundMs} ms: ${this.#summary()}`);
      await delay(Math.random() * lookMs);
      if (this.#progress.entries < killAt) continue;
      await this.#killOne();
      killAt = this.#progress.entries + untilNextKill();
    }
  }

  async killAll(): Promise<void> {
    for (const worker of this.#workers) {
      worker.killed = true;
      worker.child.kill('SIGKILL');
    }
    await Promise.all(this.#workers.map(({ exited }) => exited));
    fs.closeSync(this.#ledger);
    this.#progress.close();
  }

  #isOver(): boolean {
    this.#progress.look();
    if (this.#progress.entries >= this.#options.acquisitions) return true;
    return this.#options.isOver?.(this.findings()) ?? false;
  }

  #summary(): string {
    const { acquisitions, conflicts, overlaps, failures } = this.findings();
    return JSON.stringify({
      acquisitions: Object.fromEntries(acquisitions),
      conflicts: Object.fromEntries(conflicts),
      overlaps: overlaps.slice(0, 5),
      failures: failures.slice(0, 5),
    });
  }

  #start(kind: Kind): void {
    const [program, script, ...words] = this.#commandOf(kind);
    const child = spawn(program, [path.join(raceFolder, script), ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...this.#options.environment },
    });
    let complaint = '';
    child.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
    const exited = new Promise<void>((resolve) => {
      child.once('close', (code, signal) => {
        this.#workers.splice(this.#workers.indexOf(worker), 1);
        if (!worker.killed && code !== 0) this.#problem = `A ${kind} worker ended (${signal ?? code}): ${complaint}`;
        resolve();
      });
    });
    const worker: Worker = { kind, child, exited, killed: false };
    this.#workers.push(worker);
  }

  #commandOf(kind: Kind): readonly [program: string, script: string, ...words: string[]] {
    const [root, folder] = [this.#root.path, this.#folder];
    const { scope, toolWords } = this.#options.contended ?? pathContended;
    switch (kind) {
      case 'library':
        return [process.execPath, 'libraryWorker.mjs', libraryFile, root, folder, scope.as, scope.text];
      case 'naive':
        return [process.execPath, 'naiveWorker.mjs', libraryFile, root, folder];
      case 'loop':
        return [pythonFile(), 'loopWorker.py', peerFile, root, folder];
      default:
        return [
          ...([pythonFile(), 'toolWorker.py', path.join(peersFolder, peerNames[kind]), root, folder, kind] as const),
          toolWords[this.#started++ % toolWords.length] ?? '',
        ];
    }
  }

  /** Kills somebody at any instruction, sometimes after a while in which he was stopped; another takes his place. */
  async #killOne(): Promise<void> {
    const candidates = this.#workers.filter(({ child }) => this.#progress.started.has(child.pid ?? 0));
    const victim = candidates[Math.floor(Math.random() * candidates.length)];
    if (!victim) return;
    victim.killed = true;
    if (Math.random() < 0.3) {
      victim.child.kill('SIGSTOP');
      await delay(Math.random() * 60);
    }
    victim.child.kill('SIGKILL');
    await victim.exited;
    fs.writeSync(this.#ledger, `\nkilled ${victim.kind} ${victim.child.pid ?? 0}:0\n`);
    this.kills.set(victim.kind, (this.kills.get(victim.kind) ?? 0) + 1);
    this.#start(victim.kind);
  }
}

/** Follows the ledger without reading it again each time; what it proves is read at the end. */
class Progress {
  entries = 0;
  readonly started = new Set<number>();
  readonly #file: number;
  #offset = 0;

  constructor(file: string) {
    this.#file = fs.openSync(file, 'r');
  }

  look(): void {
    const fresh = Buffer.alloc(fs.fstatSync(this.#file).size - this.#offset);
    const length = fs.readSync(this.#file, fresh, 0, fresh.length, this.#offset);
    const whole = fresh.lastIndexOf(0x0a, length - 1) + 1;
    this.#offset += whole;
    for (const line of fresh.toString('utf8', 0, whole).split('\n')) {
      const [what, , who = ''] = line.split(' ', 3);
      if (what === 'enter') this.entries++;
      if (what === 'start') this.started.add(Number.parseInt(who, 10));
    }
  }

  close(): void {
    fs.closeSync(this.#file);
  }
}
