import * as vscode from 'vscode';
import { blocks } from '../core/lock.ts';
import type { Disposable } from './disposables.ts';
import { contextKeys } from './ids.ts';
import type { LockedFolders } from './lockedFolders.ts';

/** Tells VS Code's menus which paths are locked, so that Lock and Unlock show only where they apply. */
export class MenuContext implements Disposable {
  readonly #subscription: vscode.Disposable;

  constructor(folders: LockedFolders) {
    const update = (): void => {
      const blocking = folders.picture.locks.filter(({ lock }) => blocks(lock));
      const pathsOf = (mine: boolean): readonly string[] =>
        blocking
          .filter(({ lock }) => lock.mine === mine)
          .flatMap(({ lock }) =>
            lock.scope.flatMap((entry) => (entry.kind === 'path' ? [folders.shown(entry.path)] : [])),
          );
      void vscode.commands.executeCommand('setContext', contextKeys.minePaths, pathsOf(true));
      void vscode.commands.executeCommand('setContext', contextKeys.lockedPaths, pathsOf(false));
    };
    this.#subscription = folders.onDidChange(update);
    update();
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}
