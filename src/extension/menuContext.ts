import * as vscode from 'vscode';
import { blocks } from '../core/lock.ts';
import type { Disposable } from './disposables.ts';
import { contextKeys } from './ids.ts';
import type { LockedFolders } from './lockedFolders.ts';
import type { ExplorerMarks } from './views/explorerMarks.ts';

/** More rows than an Explorer shows at a time. */
const mostShown = 1_000;
/** VS Code shows many files one after the other. */
const settleMs = 100;

/**
 * Tells VS Code's menus which paths are locked, so that Lock and Unlock show only where they apply. A menu can look a path
 * up in a list but not below a folder, so the list also has the files that VS Code shows: only on these is a menu opened.
 */
export class MenuContext implements Disposable {
  readonly #folders: LockedFolders;
  readonly #marks: ExplorerMarks;
  readonly #subscriptions: readonly Disposable[];
  readonly #told = new Map<string, string>();
  #settling: NodeJS.Timeout | undefined;

  constructor(folders: LockedFolders, marks: ExplorerMarks) {
    this.#folders = folders;
    this.#marks = marks;
    this.#subscriptions = [folders.onDidChange(() => this.#update()), marks.onDidAsk(() => this.#updateSoon())];
    this.#update();
  }

  dispose(): void {
    clearTimeout(this.#settling);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #updateSoon(): void {
    if (this.#folders.picture.locks.length === 0) return;
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.#update();
    }, settleMs);
  }

  #update(): void {
    const folders = this.#folders;
    const blocking = folders.picture.locks.filter(({ lock }) => blocks(lock));
    const shown = blocking.length === 0 ? [] : this.#marks.shownLast(mostShown);
    const covered = shown.map((file) => ({ file, locks: folders.covering(file) }));
    const pathsOf = (mine: boolean): readonly string[] => {
      const scopes = blocking.filter(({ lock }) => lock.mine === mine).flatMap(({ lock }) => lock.scope);
      const paths = scopes.flatMap((entry) => (entry.kind === 'path' ? [folders.shown(entry.path)] : []));
      const inside = covered.filter(({ locks }) => locks.some(({ lock }) => lock.mine === mine));
      return [...new Set([...paths, ...inside.map(({ file }) => file)])];
    };
    this.#set(contextKeys.minePaths, pathsOf(true));
    this.#set(contextKeys.lockedPaths, pathsOf(false));
    this.#set(
      contextKeys.holdsLock,
      blocking.some(({ lock }) => lock.mine),
    );
  }

  /** Only what is new: with ten thousand locks, each message is a megabyte. */
  #set(key: string, value: readonly string[] | boolean): void {
    const signature = typeof value === 'boolean' ? String(value) : value.join('\0');
    if (this.#told.get(key) === signature) return;
    this.#told.set(key, signature);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
