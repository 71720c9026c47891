/** One place in the storm: a process that is started anew whenever it ends, until the storm is over. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cliFile, libraryFile, peerFile, pythonFile } from '../real/programs.ts';
import type { Chance } from './chance.mjs';
import type { Ledger } from './ledger.ts';
import type { Plan } from './plan.ts';

/** `cheat`: goes in without a lock; the negative control. */
export type Kind = 'library' | 'run' | 'loop' | 'cheat';

export interface Post {
  readonly kind: Kind;
  readonly folder: string;
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly environment: NodeJS.ProcessEnv;
}

export interface Ending {
  readonly who: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly complaint: string;
}

const scripts = fileURLToPath(new URL('workers', import.meta.url));

/** Names are never used twice, also not by another storm of this process. */
let started = 0;

export class Worker {
  readonly kind: Kind;
  readonly who: string;
  /** Bytes in the ledger when it was started: a `wlock run` asks after that. */
  readonly startedFrom: number;
  /** Somebody is doing something to it already. */
  isTaken = false;
  /** With all that it has started: until then its last words may still be written. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  #hasEnded = false;

  constructor(post: Post, chance: Chance) {
    this.kind = post.kind;
    this.who = `${post.kind}-${++started}`;
    this.startedFrom = post.ledger.position();
    const [program, ...words] = commandOf(post, this.who, this.startedFrom, chance);
    this.#child = spawn(program, words, {
      cwd: post.plan.root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...post.environment },
    });
    let output = '';
    let complaint = '';
    this.#child.stdout?.on('data', (data: Buffer) => (output += data.toString()));
    this.#child.stderr?.on('data', (data: Buffer) => (complaint += data.toString()));
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        this.#hasEnded = true;
        resolve({ who: this.who, code, signal, output, complaint });
      });
    });
  }

  get isRunning(): boolean {
    return !this.#hasEnded && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** SIGSTOP has reached it. */
  get isStandingStill(): boolean {
    try {
      const stat = fs.readFileSync(`/proc/${this.#child.pid}/stat`, 'latin1');
      return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
    } catch {
      return false;
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

function commandOf(post: Post, who: string, from: number, chance: Chance): readonly [string, ...string[]] {
  const seed = String(chance.seed());
  switch (post.kind) {
    case 'library':
      return [process.execPath, path.join(scripts, 'libraryWorker.mjs'), libraryFile, post.folder, who, seed];
    case 'loop':
    case 'cheat':
      return [pythonFile(), path.join(scripts, 'loopWorker.py'), peerFile, post.folder, who, seed];
    case 'run':
      return [process.execPath, cliFile, ...runWords(post, who, from, seed, chance)];
  }
}

/** Another request each time, because each is a process of its own. */
function runWords({ plan, folder }: Post, who: string, from: number, seed: string, chance: Chance): readonly string[] {
  const number = chance.below(plan.pool.length);
  const mode = chance.happens(0.35) ? 'shared' : 'exclusive';
  const parts = plan.pool[number]?.parts.flatMap(({ as, text }) => [`--${as}`, text]) ?? [];
  const patience = chance.pick([['--wait', '3s'], ['--retry', '5'], []]) ?? [];
  const command = [pythonFile(), path.join(scripts, 'runSection.py'), folder, who, seed, String(number), mode];
  return [
    'run',
    '--json',
    ...['--root', plan.root, '--holder', who],
    ...(mode === 'shared' ? ['--shared'] : []),
    ...patience,
    ...parts,
    '--',
    ...command,
    String(from),
  ];
}
