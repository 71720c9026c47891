/** `wlock` in the terminals of this window, for those who have only the extension. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Disposable } from '../disposables.ts';
import { settingIds } from '../ids.ts';
import { shimFor, writeShim } from './shimFile.ts';

export class TerminalCommand implements Disposable {
  readonly #variables: vscode.EnvironmentVariableCollection;
  readonly #folder: string;
  readonly #commandLine: string;
  readonly #log: vscode.LogOutputChannel;
  readonly #subscriptions: readonly Disposable[];
  /** One change after the other, so that the last one wins. */
  #changing = Promise.resolve();
  #isOnPath = false;
  #disposed = false;

  constructor(
    {
      environmentVariableCollection,
      globalStorageUri,
      extensionUri,
    }: Pick<vscode.ExtensionContext, 'environmentVariableCollection' | 'globalStorageUri' | 'extensionUri'>,
    log: vscode.LogOutputChannel,
  ) {
    this.#variables = environmentVariableCollection;
    // Else VS Code would set it in windows where we have not been asked yet: untrusted ones, and after our removal.
    this.#variables.persistent = false;
    this.#variables.description = vscode.l10n.t('Adds the command `wlock` of Workspace Locks to `PATH`.');
    this.#folder = vscode.Uri.joinPath(globalStorageUri, 'bin').fsPath;
    this.#commandLine = vscode.Uri.joinPath(extensionUri, 'dist', 'cli.cjs').fsPath;
    this.#log = log;
    this.#subscriptions = [
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#update()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(`${settingIds.section}.${settingIds.terminalShim}`)) this.#update();
      }),
    ];
    this.#update();
  }

  /** Whether terminals that are opened from now on have it. */
  get isOnPath(): boolean {
    return this.#isOnPath;
  }

  dispose(): void {
    this.#disposed = true;
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#takeAway();
  }

  #update(): void {
    this.#changing = this.#changing
      .then(() => this.#change())
      .catch((error: unknown) => this.#log.error('Terminals of this window have no wlock', error));
  }

  async #change(): Promise<void> {
    if (!isWanted()) return this.#takeAway();
    if (this.#folder.includes(path.delimiter)) {
      this.#log.warn(`Terminals of this window have no wlock: PATH cannot hold ${this.#folder}`);
      return;
    }
    await writeShim(this.#folder, shimFor(process.platform, process.execPath, this.#commandLine));
    if (this.#disposed) return;
    // Some shells make PATH anew while they start; where VS Code's shell integration works, it is put in after that too.
    this.#variables.prepend('PATH', this.#folder + path.delimiter, {
      applyAtProcessCreation: true,
      applyAtShellIntegration: true,
    });
    this.#isOnPath = true;
  }

  #takeAway(): void {
    this.#variables.clear();
    this.#isOnPath = false;
  }
}

function isWanted(): boolean {
  const setting = vscode.workspace.getConfiguration(settingIds.section).get<boolean>(settingIds.terminalShim, true);
  return vscode.workspace.isTrusted && setting;
}
