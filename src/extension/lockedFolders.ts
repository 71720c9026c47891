/** The window's picture: one manager for each distinct root of its folders, and one merged, immutable view of all. */
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
  /** Why some locks cannot be shown as they are now, a sentence each. */
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
  readonly #session: string;
  readonly #log: vscode.LogOutputChannel;
  readonly #managers = new Map<string, LockManager>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #folders: vscode.Disposable;
  #links: readonly LinkedFolder[] = [];
  #isRead = false;
  /** Folders are opened one after the other, so that a fast change of folders cannot open one twice. */
  #opening: Promise<void>;
  #picture: WindowPicture = { problems: [], locks: [], waiters: [], deadlocks: [], conflicts: [], hints: [] };
  /** Folders that could not be opened at all. */
  readonly #unopened = new Map<string, string>();
  #disposed = false;
  readonly onDidChange = this.#changed.event;

  constructor(session: string, log: vscode.LogOutputChannel) {
    this.#session = session;
    this.#log = log;
    this.#folders = vscode.workspace.onDidChangeWorkspaceFolders(() => {
      this.#opening = this.#opening.then(() => this.#openFolders());
    });
    this.#opening = this.#openFolders();
  }

  get picture(): WindowPicture {
    return this.#picture;
  }

  get managers(): readonly LockManager[] {
    return [...this.#managers.values()];
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
    return this.managers.flatMap((manager) => manager.covering(file).map((lock) => ({ lock, manager })));
  }

  async refresh(): Promise<void> {
    await this.#opening;
    await Promise.allSettled(this.managers.map((manager) => manager.refresh())); // failures become problems
    this.#rebuild();
  }

  /** Draws the same picture again, for the ages in it. */
  redraw(): void {
    this.#changed.fire();
  }

  dispose(): void {
    this.#disposed = true;
    this.#folders.dispose();
    this.#changed.dispose();
    for (const manager of this.managers) this.#close(manager);
    this.#managers.clear();
  }

  async #openFolders(): Promise<void> {
    const wanted = new Set<string>();
    this.#unopened.clear();
    this.#links = linkedFolders();
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      if (folder.uri.scheme !== 'file') continue;
      const root = await this.#openOne(folder.uri.fsPath);
      if (root !== undefined) wanted.add(root);
    }
    for (const [root, manager] of this.#managers) {
      if (wanted.has(root)) continue;
      this.#managers.delete(root);
      this.#close(manager);
    }
    this.#isRead = true;
    this.#rebuild();
  }

  /** A folder inside a repository uses the repository's store, so several folders may share one manager. */
  async #openOne(folder: string): Promise<string | undefined> {
    try {
      const manager = await openLocks({ cwd: folder, environment: environmentOfWindow(), session: this.#session });
      const root = manager.root.path;
      if (this.#managers.has(root) || this.#disposed) {
        this.#close(manager);
        return root;
      }
      this.#managers.set(root, manager);
      manager.onDidChange(() => this.#rebuild());
      manager.onDidChangeProblem((problem) => {
        if (problem) this.#log.error(`The locks of ${root} cannot be read`, problem);
        this.#rebuild();
      });
      this.#log.info(`Root ${root}, because ${manager.root.because}`);
      manager.watch();
      await manager.refresh().catch(() => undefined); // has become a problem
      return root;
    } catch (error) {
      this.#log.error(`The locks of ${folder} cannot be shown`, error);
      this.#unopened.set(folder, messageOf(error));
      return undefined;
    }
  }

  #close(manager: LockManager): void {
    manager.close().catch((error: unknown) => this.#log.error(`Closing ${manager.root.path} failed`, error));
  }

  #rebuild(): void {
    if (this.#disposed) return;
    const unread = this.managers.flatMap(({ problem }) => (problem ? [problem.message] : []));
    this.#picture = {
      problems: [...this.#unopened.values(), ...unread],
      locks: onceEach(this.managers.flatMap((manager) => manager.snapshot.locks.map((lock) => ({ lock, manager })))),
      waiters: this.managers.flatMap((manager) =>
        manager.snapshot.waiters.map((waiter) => ({
          waiter,
          wait: manager.snapshot.waits.find((wait) => wait.waiter === waiter),
          manager,
        })),
      ),
      deadlocks: this.managers.flatMap((manager) =>
        manager.snapshot.deadlocks.map((deadlock) => ({ deadlock, manager })),
      ),
      conflicts: this.managers.flatMap((manager) =>
        manager.snapshot.conflicts.map(({ a, b }) => ({ a: { lock: a, manager }, b: { lock: b, manager } })),
      ),
      hints: this.managers.flatMap((manager) => manager.snapshot.hints.map((hint) => ({ hint, manager }))),
    };
    this.#changed.fire();
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

function linkedFolders(): readonly LinkedFolder[] {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  return folders
    .map(({ uri }) => ({ shown: uri.fsPath, real: canonicalPath(uri.fsPath, '/') }))
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
