/** The locks of this window: held by keepers, one for each store, because the window itself must not be the recorded process. */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { LockError } from '../core/errors.ts';
import type { Lock, LockId, Mode } from '../core/lock.ts';
import type { Scope } from '../core/scope/entry.ts';
import type { KeeperClient } from '../manager/keeper/keeperClient.ts';
import type { LockManager } from '../manager/lockManager.ts';
import type { Conflict, LossCause } from '../protocols/protocol.ts';
import type { Disposable } from './disposables.ts';

const windowTool = 'VS Code';

/**
 * So long after its start a window takes over what a predecessor left on its workspace: a reload cannot tell us who we
 * were, so we look for locks whose window has gone. Its extension host may take a moment to go, and its keeper waits for
 * 15 s. Later it would be the reload of another window on the same workspace (a browser tab) that we interfere with.
 */
const takeOverMs = 5_000;
const takeOverRetryMs = 300;

/** The session of a window names its extension host, by which others know whether the window is still there. */
function newSession(): string {
  return `vscode-${process.pid}-${randomUUID()}`;
}

/** Held by the keeper of a window of ours whose extension host has gone. */
function isLeftBehind(lock: Lock, { os }: LockManager): boolean {
  if (lock.protocol !== 'loops') return false; // a window of another clone, perhaps on another machine
  const host = /^vscode-(\d+)-/.exec(lock.session ?? '')?.[1];
  return host !== undefined && lock.verdict === 'live' && lock.sameUser && !lock.mine && os.isGone(Number(host));
}

/** What a lock may say besides who has what. */
export interface Terms {
  /** Exclusive, unless it says otherwise. */
  readonly mode?: Mode;
  /** VS Code, unless it says otherwise. */
  readonly tool?: string;
  readonly reason?: string;
  /** Milliseconds after which it is given back, unless renewed. */
  readonly ttlMs?: number;
}

export interface Waiting {
  readonly signal: AbortSignal;
  readonly onWaiting?: (conflict: Conflict) => void;
  /** As long as it takes, unless it says otherwise. */
  readonly waitMs?: number;
}

export interface Granted {
  readonly kind: 'granted';
  readonly id: LockId;
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
  readonly tool: string;
  /** Through which it was taken; the store may be open anew since. */
  readonly manager: LockManager;
}

export class WindowLocks implements Disposable {
  readonly session = newSession();
  readonly #keeperFile: string;
  readonly #log: vscode.LogOutputChannel;
  /** One for each manager and not for each root: a keeper reads the configuration once, and so holds to the old one. */
  readonly #keepers = new Map<LockManager, Promise<KeeperClient>>();
  readonly #own = new Map<LockId, OwnLock>();
  /** Requests that have no answer yet. */
  readonly #asking = new Set<{ readonly manager: LockManager }>();
  /** Nothing more is taken through these. */
  readonly #left = new WeakSet<LockManager>();
  readonly #lost = new vscode.EventEmitter<LostLock>();
  readonly #letGo = new vscode.EventEmitter<void>();
  readonly onDidLose = this.#lost.event;
  /** Fires when a manager may not be in use any more. */
  readonly onDidLetGo = this.#letGo.event;

  constructor(keeperFile: string, log: vscode.LogOutputChannel) {
    this.#keeperFile = keeperFile;
    this.#log = log;
  }

  /**
   * One try, or with `waiting` a place in the queue until it is granted or `waitMs` are over; else what stands in the way.
   * @throws LockError `cancelled` once the wait is
   */
  async acquire(
    manager: LockManager,
    scope: Scope,
    holder: string,
    terms: Terms = {},
    waiting?: Waiting,
  ): Promise<Granted | Conflict> {
    const asking = { manager };
    this.#asking.add(asking);
    try {
      const keeper = await this.#keeperOf(manager);
      const call = { scope, mode: 'exclusive', holder, tool: windowTool, ...terms } as const;
      const answer = await keeper.acquire(waiting ? { ...call, waitMs: waiting.waitMs ?? Infinity } : call, waiting);
      if (answer.kind === 'acquired') {
        const { id } = answer.lock;
        this.#own.set(id, { id, scope, holder, tool: call.tool, manager });
      }
      await manager.refresh();
      switch (answer.kind) {
        case 'acquired':
          return { kind: 'granted', id: answer.lock.id };
        case 'conflict':
          return answer;
        case 'done':
        case 'gone':
        case 'failed':
          throw new LockError(
            'keeper-failed',
            vscode.l10n.t('The keeper gave no usable answer.'),
            vscode.l10n.t('Nothing is locked. Try again.'),
          );
      }
    } finally {
      this.#asking.delete(asking);
      this.#mayHaveLetGo(manager);
    }
  }

  async release(manager: LockManager, id: LockId): Promise<void> {
    const own = this.#own.get(id);
    const keeper = this.#keepers.get(own?.manager ?? manager);
    if (keeper) await (await keeper).release(id);
    this.#own.delete(id);
    await manager.refresh();
    if (own) this.#mayHaveLetGo(own.manager);
  }

  /** Whether this window holds a lock that was taken through this manager, or is about to. */
  uses(manager: LockManager): boolean {
    return [...this.#own.values(), ...this.#asking].some((each) => each.manager === manager);
  }

  /** Nothing more will be taken through this manager: its keeper goes once it has nothing to hold. */
  leave(manager: LockManager): void {
    this.#left.add(manager);
    this.#endIfLeft(manager);
  }

  /** After a reload: takes over what the window held before. */
  async takeOver(managers: () => readonly LockManager[]): Promise<void> {
    const until = performance.now() + takeOverMs;
    do {
      for (const manager of managers()) {
        for (const lock of manager.snapshot.locks.filter((candidate) => isLeftBehind(candidate, manager))) {
          await this.#takeOverOne(lock, manager);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, takeOverRetryMs));
      for (const manager of managers()) await manager.refresh();
    } while (performance.now() < until);
  }

  /** The keepers notice that we have gone and wait for our successor. */
  dispose(): void {
    for (const keeper of this.#keepers.values()) {
      keeper.then((client) => client.disconnect()).catch(() => undefined); // it never started: nothing to let go
    }
    this.#lost.dispose();
    this.#letGo.dispose();
  }

  async #takeOverOne(lock: Lock, manager: LockManager): Promise<void> {
    try {
      const answer = await (await this.#keeperOf(manager)).takeOver(lock.id);
      if (answer.kind === 'acquired') {
        const { id, scope, holder } = lock;
        this.#own.set(id, { id, scope, holder: holder.name, tool: holder.tool ?? windowTool, manager });
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
    const running = this.#keepers.get(manager);
    if (running) return running;
    const starting = this.#startKeeper(manager);
    this.#keepers.set(manager, starting);
    starting.catch(() => this.#keepers.delete(manager)); // the caller is told; the next one tries again
    return starting;
  }

  /** Its client is loaded with the first lock that somebody takes. */
  async #startKeeper(manager: LockManager): Promise<KeeperClient> {
    const { KeeperClient } = await import('../manager/keeper/keeperClient.ts');
    return await KeeperClient.start(
      this.#keeperFile,
      { root: manager.root.path, session: this.session, bound: { kind: 'window' } },
      {
        onLost: (id, cause) => this.#tellLost(id, cause),
        onExit: (pid) => this.#keeperDied(manager, pid),
      },
      { ...process.env, ...manager.environment },
    );
  }

  #tellLost(id: LockId, cause: LossCause): void {
    const lock = this.#own.get(id);
    this.#own.delete(id);
    if (!lock) return;
    this.#lost.fire({ lock, cause });
    this.#mayHaveLetGo(lock.manager);
  }

  #keeperDied(manager: LockManager, pid: number): void {
    this.#keepers.delete(manager);
    for (const { id, manager: itsManager } of [...this.#own.values()]) {
      if (itsManager === manager) this.#tellLost(id, { kind: 'keeper-died', pid });
    }
  }

  #mayHaveLetGo(manager: LockManager): void {
    this.#endIfLeft(manager);
    if (!this.uses(manager)) this.#letGo.fire();
  }

  #endIfLeft(manager: LockManager): void {
    const keeper = this.#keepers.get(manager);
    if (!keeper || !this.#left.has(manager) || this.uses(manager)) return;
    this.#keepers.delete(manager);
    keeper.then((client) => client.disconnect()).catch(() => undefined); // it never started: nothing to let go
  }
}
