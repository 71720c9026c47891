import * as vscode from 'vscode';

/**
 * Editors that cannot be written in while somebody else has locked their file. VS Code's two commands act on the active
 * editor only, so each editor is set when it becomes active, and set back when it is active and the lock has gone.
 */
export class ReadOnlyEditors {
  readonly #shallBe: (document: vscode.TextDocument) => boolean;
  readonly #log: vscode.LogOutputChannel;
  readonly #set = new Set<string>();
  /** One command after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(shallBe: (document: vscode.TextDocument) => boolean, log: vscode.LogOutputChannel) {
    this.#shallBe = shallBe;
    this.#log = log;
  }

  update(): void {
    this.#last = this.#last
      .then(() => this.#updateActive())
      .catch((error: unknown) => this.#log.error('Setting an editor read-only failed', error));
  }

  async #updateActive(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    if (!document) return;
    const file = document.uri.toString();
    const wanted = this.#shallBe(document);
    if (wanted === this.#set.has(file)) return;
    // Who has begun to write keeps what he has; the first lock after that is his warning.
    if (wanted && document.isDirty) return;
    await vscode.commands.executeCommand(
      `workbench.action.files.${wanted ? 'setActiveEditorReadonlyInSession' : 'resetActiveEditorReadonlyInSession'}`,
    );
    if (vscode.window.activeTextEditor?.document !== document) {
      // Another editor came to the front meanwhile, and it is not known which of the two it was.
      await vscode.commands.executeCommand('workbench.action.files.resetActiveEditorReadonlyInSession');
      return;
    }
    if (wanted) this.#set.add(file);
    else this.#set.delete(file);
  }
}
