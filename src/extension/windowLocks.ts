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

/** In the workspace's state: the session of the window that was here before, which a reload makes ours. */
const previousSessionKey = 'previousSession';

/** A predecessor's extension host may outlive its window by so much; its keeper waits a little longer. */
const takeOverMs = 15_000;
const takeOverRetryMs = 300;

/**
 * So long after our start we also take over what another window of this workspace left, whose session we do not know:
 * two windows on one workspace (browser tabs) share the workspace's state, and the one that wrote last is remembered.
 */
const adoptionMs = 5_000;

/** The session of a window names its extension host, by which others know whether the window is still there. */
function newSession(): string {
  return `vscode-${process.pid}-${randomUUID()}`;
}

function hostOf(session: string | undefined): number | undefined {
  const pid = /^vscode-(\d+)-/.exec(session ?? '')?.[1];
  return pid === undefined ? undefined : Number(pid);
}

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
  readonly session = newSession();
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
    const previous = state.get<string>(previousSessionKey);
    await state.update(previousSessionKey, this.session);
    const startedMs = performance.now();
    for (;;) {
      const passedMs = performance.now() - startedMs;
      const left = managers().flatMap((manager) =>
        manager.snapshot.locks
          .filter((lock) => lock.holder.tool === windowTool && lock.verdict === 'live' && lock.sameUser && !lock.mine)
          .map((lock) => ({ lock, manager, host: hostOf(lock.session), isPrevious: lock.session === previous })),
      );
      for (const { lock, manager, host, isPrevious } of left) {
        const isOrphan = host !== undefined && manager.os.isGone(host);
        if (isOrphan && (isPrevious || passedMs < adoptionMs)) await this.#takeOverOne(lock, manager);
      }
      const isOver = passedMs > adoptionMs && !left.some(({ isPrevious }) => isPrevious);
      if (isOver || passedMs > takeOverMs) return;
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
