/**
 * At the moment of editing: tells a person, once for each lock and file, that somebody else has locked what he writes in,
 * or keeps him from writing at all. It never claims to block a save, which VS Code lets nobody veto.
 */
import * as vscode from 'vscode';
import { formatAge, nameOf, verdictSentence } from '../../core/sentences.ts';
import type { CommandContext } from '../commands/commandContext.ts';
import { holderName } from '../commands/holderName.ts';
import { waitForScope } from '../commands/waitForScope.ts';
import type { Disposable } from '../disposables.ts';
import { commandIds, settingIds, type OnEditSetting, type OnSaveSetting } from '../ids.ts';
import { concernsUs, coversWholeRoot, keyOf, type PlacedLock } from '../lockedFolders.ts';
import { ReadOnlyEditors } from './readOnlyEditors.ts';

export class EditGuard implements Disposable {
  readonly #context: CommandContext;
  readonly #readOnly: ReadOnlyEditors;
  readonly #subscriptions: readonly vscode.Disposable[];
  /** What has been said already. */
  readonly #told = new Set<string>();

  constructor(context: CommandContext) {
    this.#context = context;
    this.#readOnly = new ReadOnlyEditors(
      (document) => onEdit(document) === 'readonly' && this.#lockOn(document) !== undefined,
      context.log,
    );
    this.#subscriptions = [
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (isByPerson(event) && onEdit(event.document) === 'warn') this.#warn(event.document, 'edit');
      }),
      vscode.workspace.onWillSaveTextDocument(({ document }) => {
        if (setting<OnSaveSetting>(document, settingIds.onSave, 'warn') === 'warn') this.#warn(document, 'save');
      }),
      vscode.window.onDidChangeActiveTextEditor(() => this.#readOnly.update()),
      vscode.workspace.onDidChangeConfiguration(() => this.#readOnly.update()),
    ];
    context.folders.onDidChange(() => {
      this.#forgetEnded();
      this.#readOnly.update();
    });
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** Somebody else's lock on this file, if any counts. */
  #lockOn({ uri }: vscode.TextDocument): PlacedLock | undefined {
    if (uri.scheme !== 'file' || this.#context.folders.picture.locks.length === 0) return undefined;
    return this.#context.folders.covering(uri.fsPath).find(concernsUs);
  }

  #warn(document: vscode.TextDocument, doing: 'edit' | 'save'): void {
    const placed = this.#lockOn(document);
    if (!placed) return;
    // A lock on everything would otherwise tell again in every file.
    const key = coversWholeRoot(placed) ? keyOf(placed) : `${keyOf(placed)}\0${document.uri.fsPath}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#ask(document, placed, doing).catch((error: unknown) => {
      this.#context.log.error('The warning of a locked file failed', error);
    });
  }

  async #ask(document: vscode.TextDocument, { lock, manager }: PlacedLock, doing: 'edit' | 'save'): Promise<void> {
    const wait = vscode.l10n.t('Wait');
    const show = vscode.l10n.t('Show');
    const goOn = doing === 'edit' ? vscode.l10n.t('Edit Anyway') : vscode.l10n.t('Save Anyway');
    const never = vscode.l10n.t("Don't Warn Again");
    const file = vscode.workspace.asRelativePath(document.uri);
    const age = formatAge(lock, Date.now());
    const text = vscode.l10n.t('{0} is locked by {1} for {2}. {3}', file, nameOf(lock), age, verdictSentence(lock));
    const answer = await this.#context.dialogs().warn(text, [wait, show, goOn, never]);
    if (answer === show) await vscode.commands.executeCommand(commandIds.showLocks);
    if (answer === never) await turnOff(doing);
    if (answer === wait) {
      const scope = manager.readScope([{ as: 'path', text: document.uri.fsPath }]);
      await waitForScope(this.#context, manager, scope, holderName());
    }
  }

  /** The next lock on the same file is told again. */
  #forgetEnded(): void {
    const living = new Set(this.#context.folders.picture.locks.map(keyOf));
    for (const key of this.#told) {
      const [root = '', id = ''] = key.split('\0');
      if (!living.has(`${root}\0${id}`)) this.#told.delete(key);
    }
  }
}

/**
 * A loop that rewrites the file on disk changes the document too, but leaves it clean. At the first keystroke the document
 * becomes dirty in an event of its own, without changes.
 */
function isByPerson({ document }: vscode.TextDocumentChangeEvent): boolean {
  return document.isDirty && vscode.window.activeTextEditor?.document === document;
}

function onEdit(document: vscode.TextDocument): OnEditSetting {
  return setting<OnEditSetting>(document, settingIds.onEdit, 'warn');
}

function setting<T>({ uri }: vscode.TextDocument, name: string, otherwise: T): T {
  return vscode.workspace.getConfiguration(settingIds.section, uri).get<T>(name) ?? otherwise;
}

async function turnOff(doing: 'edit' | 'save'): Promise<void> {
  const name = doing === 'edit' ? settingIds.onEdit : settingIds.onSave;
  await vscode.workspace.getConfiguration(settingIds.section).update(name, 'off', vscode.ConfigurationTarget.Global);
}
