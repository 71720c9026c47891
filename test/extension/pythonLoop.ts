/** A loop of little-loops, as an independent Python process that knows nothing of us. */
import * as assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import * as readline from 'node:readline';

export interface LoopEvent {
  readonly event: string;
  readonly path?: string;
}

export class PythonLoop {
  readonly #child: ChildProcess;
  readonly #exited: Promise<number>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
  }

  /** Tries to take `scope` once; resolves to the loop and its first word, `acquired` or `conflict`. */
  static async start(root: string, name: string, scope: string): Promise<{ loop: PythonLoop; first: LoopEvent }> {
    const peer = process.env['WLOCK_PEER'];
    assert.ok(peer, 'the runner names the peer in WLOCK_PEER');
    const child = spawn(
      'python3',
      [peer, '--root', root, 'acquire', '--name', name, '--scope', scope, '--hold', '600'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const loop = new PythonLoop(child);
    const lines = readline.createInterface({ input: child.stdout });
    const first = await new Promise<LoopEvent>((resolve, reject) => {
      lines.once('line', (line) => resolve(JSON.parse(line) as LoopEvent));
      child.once('error', reject);
      child.once('exit', () => reject(new Error('the Python loop ended without a word')));
    });
    return { loop, first };
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** TERM lets it release; KILL leaves its lock behind. Resolves when it has gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number> {
    this.#child.kill(signal);
    return await this.#exited;
  }
}
