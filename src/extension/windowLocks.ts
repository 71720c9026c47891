/** The locks of this window: held by keepers, one for each root, because the window itself must not be the recorded process. */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { LockError } from '../core/errors.ts';
import type { Lock, LockId } from '../core/lock.ts';
import type { Scope } from '../core/scope/entry.ts';
import { KeeperClient } from '../manager/keeper/keeperClient.ts';
import type { LockManager } from '../manager/lockManager.ts';
import type { LossCause } from '../protocols/protocol.ts';
import type { Disposable } from './disposables.ts';

const windowTool = 'VS Code';

/** What a window leaves for the one that it becomes by a reload, in its workspace state. */
export interface WindowTrace {
  readonly session: string;
  /** The extension host of that window. */
  readonly pid: number;
}

const traceKey = 'window';

/** A predecessor's extension host may outlive its window by so much; its keeper waits a little longer. */
const takeOverMs = 15_000;
const takeOverRetryMs = 300;

export interface LostLock {
  readonly lock: OwnLock;
  readonly cause: LossCause;
}

/** What we know of a lock of our own even after its record has gone. */
interface OwnLock {
  readonly id: LockId;
  readonly scope: Scope;
  readonly holder: string;
  readonly manager: LockManager;
}

export class WindowLocks implements Disposable {
  readonly session = randomUUID();
  readonly #keeperFile: string;
  readonly #log: vscode.LogOutputChannel;
  readonly #keepers = new Map<string, Promise<KeeperClient>>();
  readonly #own = new Map<LockId, OwnLock>();
  readonly #lost = new vscode.EventEmitter<LostLock>();
  readonly onDidLose = this.#lost.event;

  constructor(keeperFile: string, log: vscode.LogOutputChannel) {
    this.#keeperFile = keeperFile;
    this.#log = log;
  }

  /** One try; undefined where it succeeded, else the locks that stand in the way. */
  async acquire(manager: LockManager, scope: Scope, holder: string): Promise<readonly Lock[] | undefined> {
    const keeper = await this.#keeperOf(manager);
    const answer = await keeper.acquire({ scope, mode: 'exclusive', holder, tool: windowTool });
    await manager.refresh();
    switch (answer.kind) {
      case 'acquired':
        this.#own.set(answer.lock.id, { id: answer.lock.id, scope, holder, manager });
        return undefined;
      case 'conflict':
        return answer.locks;
      case 'done':
      case 'gone':
      case 'failed':
        throw new LockError('keeper-failed', 'The keeper gave no usable answer.', 'Nothing is locked. Try again.');
    }
  }

  async release(manager: LockManager, id: LockId): Promise<void> {
    const keeper = this.#keepers.get(manager.root.path);
    if (keeper) await (await keeper).release(id);
    this.#own.delete(id);
    await manager.refresh();
  }

  /**
   * After a reload: takes over what the window held before. Its keeper keeps everything for 15 s; we wait until the old
   * extension host has gone, because a living one means another window on the same workspace.
   */
  async takeOver(state: vscode.Memento, managers: () => readonly LockManager[]): Promise<void> {
    const before = state.get<WindowTrace>(traceKey);
    await state.update(traceKey, { session: this.session, pid: process.pid } satisfies WindowTrace);
    if (!before) return;
    const until = Date.now() + takeOverMs;
    for (;;) {
      const left = managers().flatMap((manager) =>
        manager.snapshot.locks
          .filter(
            (lock) => lock.session === before.session && lock.holder.tool === windowTool && lock.verdict === 'live',
          )
          .map((lock) => ({ lock, manager })),
      );
      if (left.length === 0) return;
      if (left[0]?.manager.os.isGone(before.pid)) {
        for (const { lock, manager } of left) await this.#takeOverOne(lock, manager);
        return;
      }
      if (Date.now() > until) return;
      await new Promise((resolve) => setTimeout(resolve, takeOverRetryMs));
      for (const manager of managers()) await manager.refresh();
    }
  }

  /** The keepers notice that we have gone and wait for our successor. */
  dispose(): void {
    for (const keeper of this.#keepers.values()) {
      keeper.then((client) => client.disconnect()).catch(() => undefined); // it never started: nothing to let go
    }
    this.#lost.dispose();
  }

  async #takeOverOne(lock: Lock, manager: LockManager): Promise<void> {
    try {
      const answer = await (await this.#keeperOf(manager)).takeOver(lock.id);
      if (answer.kind === 'acquired') {
        this.#own.set(lock.id, { id: lock.id, scope: lock.scope, holder: lock.holder.name, manager });
      }
      this.#log.info(
        `Lock ${lock.id} of the window before the reload: ${answer.kind === 'acquired' ? 'taken over' : 'gone'}`,
      );
      await manager.refresh();
    } catch (error) {
      this.#log.error(`Lock ${lock.id} of the window before the reload could not be taken over`, error);
    }
  }

  #keeperOf(manager: LockManager): Promise<KeeperClient> {
    const root = manager.root.path;
    const running = this.#keepers.get(root);
    if (running) return running;
    const starting = KeeperClient.start(
      this.#keeperFile,
      { root, session: this.session, bound: { kind: 'window' } },
      {
        onLost: (id, cause) => this.#tellLost(id, cause),
        onExit: (pid) => this.#keeperDied(manager, pid),
      },
    );
    this.#keepers.set(root, starting);
    starting.catch(() => this.#keepers.delete(root)); // the caller is told; the next one tries again
    return starting;
  }

  #tellLost(id: LockId, cause: LossCause): void {
    const lock = this.#own.get(id);
    this.#own.delete(id);
    if (lock) this.#lost.fire({ lock, cause });
  }

  #keeperDied(manager: LockManager, pid: number): void {
    this.#keepers.delete(manager.root.path);
    for (const { id, manager: itsManager } of [...this.#own.values()]) {
      if (itsManager === manager) this.#tellLost(id, { kind: 'keeper-died', pid });
    }
  }
}
