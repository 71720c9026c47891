/** The keeper: holds locks for somebody who cannot be the recorded process, and ends when that somebody does. */
import { LockError, messageOf } from '../../core/errors.ts';
import type { LockId } from '../../core/lock.ts';
import type { HeldLock } from '../heldLock.ts';
import { lossCauseOf } from '../heldLock.ts';
import type { LockManager } from '../lockManager.ts';
import type { AcquireCall, Answer, Bound, Call, KeeperMessage, KeptLock, Request } from './messages.ts';
import { watchBound } from './watchBound.ts';

/** How long a window that reloads may take to come back for its locks (DESIGN 6.1). */
const reloadGraceMs = 15_000;

export class Keeper {
  readonly #manager: LockManager;
  readonly #bound: Bound;
  readonly #send: (message: KeeperMessage) => void;
  readonly #finish: () => void;
  readonly #held = new Map<LockId, HeldLock>();
  readonly #performing = new Set<Promise<Answer>>();
  /** How to end the wait of each request that is under way. */
  readonly #cancels = new Map<number, AbortController>();
  /** Requests at the door have numbers below those of the channel. */
  #lastAtDoor = 0;
  #isWatching = false;
  #kept = false;
  #connected = true;
  #ending = false;

  constructor(manager: LockManager, bound: Bound, send: (message: KeeperMessage) => void, finish: () => void) {
    this.#manager = manager;
    this.#bound = bound;
    this.#send = send;
    this.#finish = finish;
  }

  /** Answers one request; never rejects. */
  async serve({ sequence, call }: Request): Promise<void> {
    const answer = await this.#answerTo(call, sequence);
    this.#send({ kind: 'answer', sequence, answer });
    if (answer.kind === 'conflict') await this.#endIfIdle();
  }

  /** Answers a request that came through the door; never rejects. */
  async serveAtDoor(call: AcquireCall): Promise<Answer> {
    this.#lastAtDoor--;
    return await this.#answerTo(call, this.#lastAtDoor);
  }

  /** The process that started us has closed the channel, on purpose or by dying. */
  async disconnected(): Promise<void> {
    this.#connected = false;
    if (this.#bound.kind !== 'window') {
      // Nobody ever learned of the lock, so nobody could release it.
      if (!this.#kept) await this.end();
      return;
    }
    if (this.#held.size === 0) await this.end();
    else setTimeout(() => void this.end(), reloadGraceMs);
  }

  /** Releases everything and exits; never rejects. */
  async end(): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    // An acquire that waits gives up; one that gets through gives its lock back itself.
    for (const cancel of this.#cancels.values()) cancel.abort();
    await Promise.all(this.#performing);
    // If a release fails, our death frees the lock: the record goes stale.
    await this.#manager.close().catch(() => undefined);
    this.#finish();
  }

  async #answerTo(call: Call, sequence: number): Promise<Answer> {
    const performing = this.#perform(call, sequence).catch(failed);
    this.#performing.add(performing);
    const answer = await performing;
    this.#performing.delete(performing);
    return answer;
  }

  /** Of a window that is there, another request may come. */
  async #endIfIdle(): Promise<void> {
    if (this.#held.size === 0 && (this.#bound.kind !== 'window' || !this.#connected)) await this.end();
  }

  async #perform(call: Call, sequence: number): Promise<Answer> {
    switch (call.kind) {
      case 'acquire':
        return await this.#acquire(call, sequence);
      case 'cancel':
        this.#cancels.get(call.sequence)?.abort();
        return { kind: 'done' };
      case 'keep':
        this.#kept = true;
        return { kind: 'done' };
      case 'release':
        await this.#held.get(call.id)?.release();
        return { kind: 'done' };
      case 'take-over':
        return await this.#takeOver(call.id);
    }
  }

  async #acquire(call: AcquireCall, sequence: number): Promise<Answer> {
    this.#watchBound();
    const cancel = new AbortController();
    this.#cancels.set(sequence, cancel);
    if (this.#ending) cancel.abort();
    const outcome = await this.#manager
      .acquire({
        ...call,
        allowOutsideRoot: true, // the caller has checked the scope
        isKeeper: true,
        signal: cancel.signal,
        onWaiting: (conflict) => this.#send({ kind: 'waiting', sequence, conflict }),
      })
      .finally(() => this.#cancels.delete(sequence));
    if (!outcome.ok) return outcome.conflict;
    const { held } = outcome;
    if ((!this.#connected && !this.#kept) || this.#ending) {
      await held.release();
      return { kind: 'gone' };
    }
    this.#hold(held);
    return { kind: 'acquired', lock: kept(held) };
  }

  async #takeOver(id: LockId): Promise<Answer> {
    await this.#manager.refresh();
    const lock = this.#manager.snapshot.locks.find((candidate) => candidate.id === id);
    const held = lock && (await this.#manager.takeOver(lock));
    if (!held) return { kind: 'gone' };
    this.#hold(held);
    return { kind: 'acquired', lock: kept(held) };
  }

  /** From the request on: who dies while he waits wants no lock. */
  #watchBound(): void {
    if (this.#isWatching || this.#bound.kind === 'window' || !this.#bound.process) return;
    this.#isWatching = true;
    watchBound(this.#manager.os, this.#bound.process, () => void this.end());
  }

  #hold(held: HeldLock): void {
    this.#held.set(held.id, held);
    held.lost.addEventListener('abort', () => {
      this.#send({ kind: 'lost', id: held.id, cause: lossCauseOf(held.lost) });
      // Lost at another tool, it still stands here. If it cannot be released, our death frees it.
      held.release().catch(() => undefined);
    });
    held.onDidEnd(() => {
      this.#held.delete(held.id);
      void this.#endIfIdle();
    });
  }
}

function kept({ id, token, scope, mode, file }: HeldLock): KeptLock {
  return { id, token, scope, mode, file };
}

function failed(error: unknown): Answer {
  if (error instanceof LockError) return { kind: 'failed', code: error.code, message: error.message, hint: error.hint };
  return { kind: 'failed', code: 'internal', message: messageOf(error), hint: 'Run wlock doctor.' };
}
