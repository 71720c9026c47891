import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * Reads until it is told that all is well. Where our end comes first, however it comes, it ends the server, and deletes its
 * folder as soon as nobody writes there any more.
 */
const script = `
read -r line && exit
kill -KILL "$0"
tries=0
until rm -rf -- "$1" || [ $tries -ge 50 ]; do tries=$((tries + 1)); sleep 0.1; done`;

/**
 * A shell in a session of its own that outlives us if we are killed, and cleans up then. It is what ends the server where
 * there is no parent-death signal, as on macOS; on Linux it comes to delete the data.
 */
export class Undertaker {
  readonly #stdin: Writable;
  readonly #ended: Promise<unknown>;

  constructor(pid: number, folder: string) {
    const child = spawn('sh', ['-c', script, String(pid), folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#ended = once(child, 'exit').catch(() => undefined); // it could not be started
    this.#stdin = child.stdin.on('error', () => undefined); // it has gone
  }

  /** To be called when the server has ended: its number may be somebody else's soon. */
  async dismiss(): Promise<void> {
    this.#stdin.end('all is well\n');
    await this.#ended;
  }
}
