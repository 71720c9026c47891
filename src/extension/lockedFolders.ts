/**
 * The window's picture: one manager for each distinct store of its folders, and one merged, immutable view of all. Which
 * store is whose is read again when the files change that decide it.
 */
import * as vscode from 'vscode';
import { messageOf } from '../core/errors.ts';
import type { Deadlock } from '../core/deadlock.ts';
import type { Hint } from '../core/hints.ts';
import type { Lock } from '../core/lock.ts';
import { blocks } from '../core/lock.ts';
import type { Waiter } from '../core/waiter.ts';
import type { Wait } from '../core/waiting.ts';
import { openLocks, type LockManager } from '../manager/lockManager.ts';
import { canonicalPath } from '../os/paths.ts';
import type { Disposable } from './disposables.ts';
import { readSetup, type FolderSetup } from './folderSetup.ts';
import type { ClusterAccount } from './cluster/clusterAccount.ts';
import { RealPaths } from './realPaths.ts';
import { SetupWatch } from './setupWatch.ts';
import type { WindowLocks } from './windowLocks.ts';

/** A lock and the store that it stands in. */
export interface PlacedLock {
  readonly lock: Lock;
  readonly manager: LockManager;
}

/** A waiter, what it waits for where it may still live, and its store. */
export interface PlacedWaiter {
  readonly waiter: Waiter;
  readonly wait: Wait | undefined;
  readonly manager: LockManager;
}

export interface WindowPicture {
  /** Why some locks cannot be shown as they are now, or stand where nobody would look; a sentence each. */
  readonly problems: readonly string[];
  readonly locks: readonly PlacedLock[];
  readonly waiters: readonly PlacedWaiter[];
  readonly deadlocks: readonly { readonly deadlock: Deadlock; readonly manager: LockManager }[];
  readonly conflicts: readonly { readonly a: PlacedLock; readonly b: PlacedLock }[];
  readonly hints: readonly { readonly hint: Hint; readonly manager: LockManager }[];
}

/** Unique in the window, and stable while the lock lives; ids of little-loops' own are unique in their store only. */
export function keyOf({ lock, manager }: PlacedLock): string {
  return `${manager.root.path}\0${lock.id}`;
}

/** A workspace folder whose path leads through a symbolic link: how VS Code names it, and where it really lies. */
interface LinkedFolder {
  readonly shown: string;
  readonly real: string;
}

export class LockedFolders implements Disposable {
  readonly #windowLocks: WindowLocks;
  readonly #account: ClusterAccount;
  readonly #log: vscode.LogOutputChannel;
  /** By the key of the setup that each was opened for. */
  readonly #open = new Map<string, LockManager>();
  /** What each folder, by its path, was last opened for. */
  #setups: ReadonlyMap<string, FolderSetup> = new Map();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: readonly Disposable[];
  readonly #watch: SetupWatch;
  readonly #realPaths = new RealPaths();
  #links: readonly LinkedFolder[] = [];
  #isRead = false;
  /** Stores are opened and closed one after the other, so that a fast change of folders cannot open one twice. */
  #opening: Promise<void>;
  #picture: WindowPicture = { problems: [], locks: [], waiters: [], deadlocks: [], conflicts: [], hints: [] };
  /** Folders that could not be opened at all. */
  #unopened: ReadonlyMap<string, string> = new Map();
  #disposed = false;
  readonly onDidChange = this.#changed.event;

  constructor(windowLocks: WindowLocks, account: ClusterAccount, log: vscode.LogOutputChannel) {
    this.#windowLocks = windowLocks;
    this.#account = account;
    this.#log = log;
    this.#watch = new SetupWatch(() => this.#openAgainIfChanged());
    this.#subscriptions = [
      this.#changed,
      this.#watch,
      this.#realPaths,
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.#next(() => this.#openFolders())),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#openAgainIfChanged()),
      account.onDidChange(() => this.#openAgainIfChanged()),
      windowLocks.onDidLetGo(() => this.#next(() => this.#closeUnused())),
    ];
    this.#opening = this.#openFolders();
  }

  get picture(): WindowPicture {
    return this.#picture;
  }

  /** Of the stores that the folders use now, in the order of the folders. */
  get managers(): readonly LockManager[] {
    const keys = new Set([...this.#setups.values()].map(({ key }) => key));
    return [...keys].flatMap((key) => this.#open.get(key) ?? []);
  }

  /** Those too that are not used any more, but in which this window still holds a lock. */
  get #allManagers(): readonly LockManager[] {
    return [...new Set([...this.managers, ...this.#open.values()])];
  }

  /** The manager of the same root as it is set up now, of one that may have been closed since. */
  successorOf(manager: LockManager): LockManager {
    return this.managers.find(({ root }) => root.path === manager.root.path) ?? manager;
  }

  /** False until the folders have been read for the first time. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Resolves when all folders of now are open and read once. */
  async ready(): Promise<void> {
    await this.#opening;
  }

  /** The path as VS Code names it, of a canonical one: a workspace may have been opened through a symbolic link. */
  shown(canonical: string): string {
    const link = this.#links.find(({ real }) => isBelow(canonical, real));
    return link ? link.shown + canonical.slice(link.real.length) : canonical;
  }

  #canonical(shown: string): string {
    const real = this.#realPaths.of(shown);
    if (real !== undefined) return real;
    const link = this.#links.find((candidate) => isBelow(shown, candidate.shown));
    return link ? link.real + shown.slice(link.shown.length) : shown;
  }

  /** The store of a file: of all roots that it lies below, the innermost. */
  managerOf(shownFile: string): LockManager | undefined {
    const file = this.#canonical(shownFile);
    return this.managers
      .filter(({ root }) => isBelow(file, root.path))
      .sort((a, b) => b.root.path.length - a.root.path.length)[0];
  }

  /** Locks that count and cover this absolute path, in whichever store. */
  covering(shownFile: string): readonly PlacedLock[] {
    const file = this.#canonical(shownFile);
    return this.#allManagers.flatMap((manager) => manager.covering(file).map((lock) => ({ lock, manager })));
  }

  async refresh(): Promise<void> {
    await this.#opening;
    await Promise.allSettled(this.#allManagers.map((manager) => manager.refresh())); // failures become problems
    this.#rebuild();
  }

  /** Draws the same picture again, for the ages in it. */
  redraw(): void {
    this.#changed.fire();
  }

  dispose(): void {
    this.#disposed = true;
    for (const subscription of this.#subscriptions) subscription.dispose();
    for (const manager of this.#open.values()) this.#close(manager);
    this.#open.clear();
  }

  #next(step: () => void | Promise<void>): void {
    this.#opening = this.#opening.then(step);
  }

  #openAgainIfChanged(): void {
    const changed = localFolders().find((folder) => {
      const before = this.#setups.get(folder);
      return before !== undefined && this.#readSetup(folder).key !== before.key;
    });
    if (changed === undefined) return;
    this.#log.info(`What decides on the lock directory of ${changed} has changed`);
    this.#next(() => this.#openFolders());
  }

  #readSetup(folder: string): FolderSetup {
    return readSetup(folder, environmentOfWindow(), `${vscode.workspace.isTrusted} ${this.#account.version}`);
  }

  async #openFolders(): Promise<void> {
    const setups = new Map<string, FolderSetup>();
    const unopened = new Map<string, string>();
    for (const folder of localFolders()) setups.set(folder, await this.#openOne(folder, unopened));
    if (this.#disposed) return;
    this.#links = linkedFolders();
    this.#setups = setups;
    this.#unopened = unopened;
    this.#watch.follow([...new Set([...setups.values()].flatMap(({ decidedIn }) => decidedIn))]);
    this.#isRead = true;
    this.#closeUnused();
  }

  /** A folder inside a repository uses the repository's store, so several folders may share one manager. */
  async #openOne(folder: string, unopened: Map<string, string>): Promise<FolderSetup> {
    const environment = environmentOfWindow();
    // Read before the manager reads the same: a change in between is noticed as a change.
    const setup = this.#readSetup(folder);
    if (setup.kind === 'unusable') {
      this.#log.error(`The locks of ${folder} cannot be shown: ${setup.problem}`);
      unopened.set(folder, setup.problem);
    } else if (!this.#open.has(setup.key)) {
      try {
        await this.#openStore(
          setup.key,
          await openLocks({
            cwd: folder,
            environment: setup.usesCluster ? { ...environment, ...(await this.#account.environment()) } : environment,
            session: this.#windowLocks.session,
            isTrusted: vscode.workspace.isTrusted,
          }),
        );
      } catch (error) {
        this.#log.error(`The locks of ${folder} cannot be shown`, error);
        unopened.set(folder, messageOf(error));
      }
    }
    return setup;
  }

  async #openStore(key: string, manager: LockManager): Promise<void> {
    if (this.#disposed) return this.#close(manager);
    const { root, layout } = manager;
    this.#open.set(key, manager);
    manager.onDidChange(() => this.#rebuild());
    manager.onDidChangeProblem((problem) => {
      if (problem) this.#log.error(`The locks of ${root.path} cannot be read`, problem);
      this.#rebuild();
    });
    this.#log.info(`Root ${root.path}, because ${root.because}; locks in ${layout.running}`);
    manager.watch();
    await manager.refresh().catch(() => undefined); // has become a problem
  }

  /**
   * Where this window holds a lock, the store stays open until that is released. Not where another manager shows the same
   * directory: the lock is in its picture, and its keeper is the lock's own.
   */
  #closeUnused(): void {
    const used = this.managers;
    for (const [key, manager] of this.#open) {
      const { layout } = manager;
      if (used.includes(manager)) continue;
      if (this.#windowLocks.uses(manager) && !used.some((other) => other.layout.running === layout.running)) {
        this.#log.info(`${layout.running} is not used any more, except for the locks that this window holds there`);
        continue;
      }
      this.#open.delete(key);
      this.#close(manager);
      this.#log.info(`${layout.running} is not looked at any more`);
    }
    this.#rebuild();
  }

  #close(manager: LockManager): void {
    this.#windowLocks.leave(manager);
    manager.close().catch((error: unknown) => this.#log.error(`Closing ${manager.root.path} failed`, error));
  }

  #rebuild(): void {
    if (this.#disposed) return;
    const managers = this.#allManagers;
    const unread = managers.flatMap(({ problem }) => (problem ? [problem.message] : []));
    this.#picture = {
      problems: [...this.#unopened.values(), ...unread, ...this.#leftBehind(managers)],
      locks: onceEach(managers.flatMap((manager) => manager.snapshot.locks.map((lock) => ({ lock, manager })))),
      waiters: managers.flatMap((manager) =>
        manager.snapshot.waiters.map((waiter) => ({
          waiter,
          wait: manager.snapshot.waits.find((wait) => wait.waiter === waiter),
          manager,
        })),
      ),
      deadlocks: managers.flatMap((manager) => manager.snapshot.deadlocks.map((deadlock) => ({ deadlock, manager }))),
      conflicts: managers.flatMap((manager) =>
        manager.snapshot.conflicts.map(({ a, b }) => ({ a: { lock: a, manager }, b: { lock: b, manager } })),
      ),
      hints: managers.flatMap((manager) => manager.snapshot.hints.map((hint) => ({ hint, manager }))),
    };
    this.#changed.fire();
  }

  #leftBehind(managers: readonly LockManager[]): readonly string[] {
    const used = this.managers;
    return managers
      .filter((manager) => !used.includes(manager) && this.#windowLocks.uses(manager))
      .map(({ layout }) =>
        vscode.l10n.t(
          'Your locks in {0} stand until you release them, although this window does not use that lock directory any more.',
          layout.running,
        ),
      );
  }
}

/** Tools that keep their locks at home have them in every root. */
function onceEach(locks: readonly PlacedLock[]): readonly PlacedLock[] {
  const files = new Set<string>();
  return locks.filter(({ lock }) => !files.has(lock.file) && files.add(lock.file));
}

/** The window's roots and session are its own, whatever shell it was started from. */
function environmentOfWindow(): NodeJS.ProcessEnv {
  const { WLOCK_ROOT, WLOCK_SESSION, ...environment } = process.env;
  return environment;
}

/** The paths of the window's folders, but for those on no disk. */
function localFolders(): readonly string[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.flatMap(({ uri }) => (uri.scheme === 'file' ? [uri.fsPath] : []));
}

function linkedFolders(): readonly LinkedFolder[] {
  return localFolders()
    .map((shown) => ({ shown, real: canonicalPath(shown, '/') }))
    .filter(({ shown, real }) => shown !== real);
}

function isBelow(file: string, folder: string): boolean {
  return file === folder || file.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** A lock on a whole root would mark every file; it marks the root, the status bar and the view instead (EXTENSION 1). */
export function coversWholeRoot({ lock, manager }: PlacedLock): boolean {
  if (lock.verdictReason === 'unreadable') return true;
  return lock.scope.some((entry) => entry.kind === 'path' && isBelow(manager.root.path, entry.path));
}

/** Locks that may stop the person in front of this window: others' locks that count. */
export function concernsUs({ lock }: PlacedLock): boolean {
  return blocks(lock) && !lock.mine;
}
