/** The side of a keeper that a window or a command line sees. */
import { spawn, type ChildProcess } from 'node:child_process';
import { LockError } from '../../core/errors.ts';
import type { LockId } from '../../core/lock.ts';
import type { LossCause } from '../../protocols/protocol.ts';
import type { AcquireCall, Answer, Call, KeeperMessage, KeeperOptions, Request } from './messages.ts';

export interface KeeperEvents {
  /** Somebody else removed a lock. */
  readonly onLost: (id: LockId, cause: LossCause) => void;
  /** The keeper died; all its locks are lost. Not told after `disconnect`. */
  readonly onExit: (pid: number) => void;
}

export class KeeperClient {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  #sequence = 0;
  #disconnected = false;

  private constructor(child: ChildProcess, events: KeeperEvents) {
    this.#child = child;
    this.pid = child.pid ?? -1;
    child.on('message', (message: KeeperMessage) => this.#receive(message, events));
    child.on('exit', (code, signal) => {
      const error = keeperFailed(`ended unexpectedly (${signal ?? code})`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
      if (!this.#disconnected) events.onExit(this.pid);
    });
  }

  /**
   * Starts a keeper in a session of its own, so that it outlives us, is in nobody's process group, and is an ancestor
   * of nothing (DESIGN 6.1). Resolves when it listens.
   */
  static async start(keeperFile: string, options: KeeperOptions, events: KeeperEvents): Promise<KeeperClient> {
    const child = spawn(process.execPath, [keeperFile, JSON.stringify(options)], {
      detached: true,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      // In a desktop VS Code our executable is Electron.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    });
    const client = new KeeperClient(child, events);
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve()); // its first word is `ready`
      child.once('error', (cause) => reject(keeperFailed(`could not be started (${cause.message})`)));
      child.once('exit', (code, signal) => reject(keeperFailed(`ended at once (${signal ?? code})`)));
    });
    return client;
  }

  acquire(call: Omit<AcquireCall, 'kind'>): Promise<Answer> {
    return this.#ask({ kind: 'acquire', ...call });
  }

  /** From now on the locks outlive this process. */
  async keep(): Promise<void> {
    await this.#ask({ kind: 'keep' });
  }

  async release(id: LockId): Promise<void> {
    await this.#ask({ kind: 'release', id });
  }

  takeOver(id: LockId): Promise<Answer> {
    return this.#ask({ kind: 'take-over', id });
  }

  disconnect(): void {
    this.#disconnected = true;
    if (this.#child.connected) this.#child.disconnect();
    this.#child.unref();
  }

  async #ask(call: Call): Promise<Answer> {
    const sequence = ++this.#sequence;
    const request: Request = { sequence, call };
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(sequence, { resolve, reject });
      this.#child.send(request, (error) => {
        if (error) reject(keeperFailed(`could not be reached (${error.message})`));
      });
    });
    if (answer.kind === 'failed') throw new LockError(answer.code, answer.message, answer.hint);
    return answer;
  }

  #receive(message: KeeperMessage, events: KeeperEvents): void {
    switch (message.kind) {
      case 'ready':
        return;
      case 'lost':
        return events.onLost(message.id, message.cause);
      case 'answer':
        this.#waiting.get(message.sequence)?.resolve(message.answer);
        this.#waiting.delete(message.sequence);
    }
  }
}

function keeperFailed(what: string): LockError {
  return new LockError('keeper-failed', `The keeper process ${what}.`, 'Nothing is locked. Run wlock doctor.');
}
