/** The side of a keeper that a window or a command line sees. */
import { spawn, type ChildProcess } from 'node:child_process';
import { LockError } from '../../core/errors.ts';
import type { LockId } from '../../core/lock.ts';
import type { Conflict, LossCause } from '../../protocols/protocol.ts';
import type { AcquireCall, Answer, Call, KeeperMessage, KeeperOptions, Request } from './messages.ts';

export interface KeeperEvents {
  /** Somebody else removed a lock. */
  readonly onLost: (id: LockId, cause: LossCause) => void;
  /** The keeper died; all its locks are lost. Not told after `disconnect`. */
  readonly onExit: (pid: number) => void;
}

/** A request that has no answer yet. */
interface Asked {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  readonly onWaiting: (conflict: Conflict) => void;
}

export class KeeperClient {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, Asked>();
  #sequence = 0;
  #disconnected = false;

  private constructor(child: ChildProcess, events: KeeperEvents) {
    this.#child = child;
    this.pid = child.pid ?? -1;
    child.on('message', (message: KeeperMessage) => this.#receive(message, events));
    child.on('exit', (code, signal) => {
      const error = keeperFailed(`ended unexpectedly (${signal ?? code})`);
      for (const { reject } of this.#asked.values()) reject(error);
      this.#asked.clear();
      if (!this.#disconnected) events.onExit(this.pid);
    });
  }

  /**
   * Starts a keeper in a session of its own, so that it outlives us, is in nobody's process group, and is an ancestor
   * of nothing (DESIGN 6.1). Resolves when it listens.
   */
  static async start(
    keeperFile: string,
    options: KeeperOptions,
    events: KeeperEvents,
    environment: NodeJS.ProcessEnv = process.env,
  ): Promise<KeeperClient> {
    const child = spawn(process.execPath, [keeperFile, JSON.stringify(options)], {
      detached: true,
      cwd: '/',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced', // JSON has no `Infinity`
      // In a desktop VS Code our executable is Electron.
      env: { ...environment, ELECTRON_RUN_AS_NODE: '1' },
    });
    const client = new KeeperClient(child, events);
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve()); // its first word is `ready`
      child.once('error', (cause) => reject(keeperFailed(`could not be started (${cause.message})`)));
      child.once('exit', (code, signal) => reject(keeperFailed(`ended at once (${signal ?? code})`)));
    });
    return client;
  }

  /** `onWaiting` is told what a request with `waitMs` waits for; aborting `signal` ends its wait. */
  async acquire(
    call: Omit<AcquireCall, 'kind'>,
    waiting: { readonly signal?: AbortSignal; readonly onWaiting?: (conflict: Conflict) => void } = {},
  ): Promise<Answer> {
    const { sequence, answer } = this.#send({ kind: 'acquire', ...call }, waiting.onWaiting);
    const cancel = (): void => {
      // If the keeper has died the request itself fails, and says so.
      this.#ask({ kind: 'cancel', sequence }).catch(() => undefined);
    };
    waiting.signal?.addEventListener('abort', cancel);
    if (waiting.signal?.aborted) cancel();
    try {
      return await answer;
    } finally {
      waiting.signal?.removeEventListener('abort', cancel);
    }
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

  #ask(call: Call): Promise<Answer> {
    return this.#send(call).answer;
  }

  #send(
    call: Call,
    onWaiting: (conflict: Conflict) => void = () => undefined,
  ): { readonly sequence: number; readonly answer: Promise<Answer> } {
    const sequence = ++this.#sequence;
    const request: Request = { sequence, call };
    const answered = new Promise<Answer>((resolve, reject) => {
      this.#asked.set(sequence, { resolve, reject, onWaiting });
      this.#child.send(request, (error) => {
        if (error) reject(keeperFailed(`could not be reached (${error.message})`));
      });
    });
    return { sequence, answer: answered.then(failedAsError) };
  }

  #receive(message: KeeperMessage, events: KeeperEvents): void {
    switch (message.kind) {
      case 'ready':
        return;
      case 'lost':
        return events.onLost(message.id, message.cause);
      case 'waiting':
        return this.#asked.get(message.sequence)?.onWaiting(message.conflict);
      case 'answer':
        this.#asked.get(message.sequence)?.resolve(message.answer);
        this.#asked.delete(message.sequence);
    }
  }
}

function failedAsError(answer: Answer): Answer {
  if (answer.kind === 'failed') throw new LockError(answer.code, answer.message, answer.hint);
  return answer;
}

function keeperFailed(what: string): LockError {
  return new LockError('keeper-failed', `The keeper process ${what}.`, 'Nothing is locked. Run wlock doctor.');
}
