import * as vscode from 'vscode';
import { canonicalPath } from '../os/paths.ts';
import type { Disposable } from './disposables.ts';

/**
 * Where the files of open documents really lie, whichever symbolic links their paths lead through. Looked up once, when a
 * document is opened, because it reads the disk; forgotten when it is closed.
 */
export class RealPaths implements Disposable {
  readonly #paths = new Map<string, string>();
  readonly #subscriptions: readonly Disposable[];

  constructor() {
    const { workspace } = vscode;
    const learn = ({ uri }: { readonly uri: vscode.Uri }): void => {
      if (uri.scheme === 'file') this.#paths.set(uri.fsPath, canonicalPath(uri.fsPath, '/'));
    };
    const forget = ({ uri }: { readonly uri: vscode.Uri }): void => void this.#paths.delete(uri.fsPath);
    this.#subscriptions = [
      workspace.onDidOpenTextDocument(learn),
      workspace.onDidCloseTextDocument(forget),
      workspace.onDidOpenNotebookDocument(learn),
      workspace.onDidCloseNotebookDocument(forget),
    ];
    for (const document of [...workspace.textDocuments, ...workspace.notebookDocuments]) learn(document);
  }

  /** Undefined of a file that is not open. */
  of(shown: string): string | undefined {
    return this.#paths.get(shown);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
