import * as vscode from 'vscode';
import { blocks } from '../core/lock.ts';
import type { Disposable } from './disposables.ts';
import { contextKeys } from './ids.ts';
import type { LockedFolders } from './lockedFolders.ts';

/** Tells VS Code's menus which paths are locked, so that Lock and Unlock show only where they apply. */
export class MenuContext implements Disposable {
  readonly #subscription: vscode.Disposable;
  readonly #told = new Map<string, string>();

  constructor(folders: LockedFolders) {
    const update = (): void => {
      const blocking = folders.picture.locks.filter(({ lock }) => blocks(lock));
      const pathsOf = (mine: boolean): readonly string[] =>
        blocking
          .filter(({ lock }) => lock.mine === mine)
          .flatMap(({ lock }) =>
            lock.scope.flatMap((entry) => (entry.kind === 'path' ? [folders.shown(entry.path)] : [])),
          );
      this.#set(contextKeys.minePaths, pathsOf(true));
      this.#set(contextKeys.lockedPaths, pathsOf(false));
    };
    this.#subscription = folders.onDidChange(update);
    update();
  }

  /** Only what is new: with ten thousand locks, each message is a megabyte. */
  #set(key: string, paths: readonly string[]): void {
    const text = paths.join('\0');
    if (this.#told.get(key) === text) return;
    this.#told.set(key, text);
    void vscode.commands.executeCommand('setContext', key, paths);
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}
