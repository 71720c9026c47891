/**
 * At the moment of editing: tells a person, once for each lock and file, that somebody else has locked what he writes in,
 * or keeps him from writing at all. It never claims to block a save, which VS Code lets nobody veto.
 */
import * as vscode from 'vscode';
import type { CommandContext } from '../commands/commandContext.ts';
import type { Disposable } from '../disposables.ts';
import { activeFile, fileOf } from '../fileOf.ts';
import { settingIds, type OnEditSetting, type OnSaveSetting } from '../ids.ts';
import { concernsUs, coversWholeRoot, keyOf, type PlacedLock } from '../lockedFolders.ts';
import type { ReadOnlyEditors } from './readOnlyEditors.ts';
import type { Occasion } from './warnOfLock.ts';

/** Where it is kept which files may be read-only. */
const readOnlyMemoryKey = 'workspaceLocks.readOnlyFiles';

/** VS Code tells of a change in a notebook first, and a moment later that the notebook is dirty. */
const becomesDirtyMs = 500;

export class EditGuard implements Disposable {
  readonly #context: CommandContext;
  readonly #memory: vscode.Memento;
  /** Loaded when the first editor has to be read-only, or may be so since before the extension host was started anew. */
  #readOnly: Promise<ReadOnlyEditors> | undefined;
  readonly #subscriptions: readonly Disposable[];
  /** What has been said already. */
  readonly #told = new Set<string>();
  /** Locks and files where the person writes in spite of the lock. */
  readonly #anyway = new Set<string>();

  constructor(context: CommandContext, memory: vscode.Memento) {
    this.#context = context;
    this.#memory = memory;
    const { window, workspace } = vscode;
    this.#subscriptions = [
      workspace.onDidChangeTextDocument((event) => {
        if (isByPerson(event)) this.#edited(event.document.uri);
        if (!event.document.isDirty) this.#updateReadOnly(); // who kept it writable by having begun has ended
      }),
      workspace.onDidChangeNotebookDocument(({ notebook }) => this.#notebookChanged(notebook)),
      workspace.onWillSaveTextDocument(({ document }) => this.#saves(document.uri)),
      workspace.onWillSaveNotebookDocument(({ notebook }) => this.#saves(notebook.uri)),
      window.onDidChangeActiveTextEditor(() => this.#updateReadOnly()),
      window.onDidChangeActiveNotebookEditor(() => this.#updateReadOnly()),
      workspace.onDidChangeConfiguration(() => this.#updateReadOnly()),
      context.folders.onDidChange(() => {
        this.#forgetEnded();
        this.#updateReadOnly();
      }),
    ];
    this.#updateReadOnly();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#readOnly?.then((editors) => editors.dispose()).catch(() => undefined); // it was never loaded
  }

  #updateReadOnly(): void {
    const file = activeFile();
    const isNeeded =
      this.#memory.get(readOnlyMemoryKey) !== undefined ||
      (file !== undefined && this.#shallBeReadOnly(vscode.Uri.file(file)));
    if (isNeeded) this.#readOnly ??= this.#loadReadOnly();
    this.#readOnly
      ?.then((editors) => editors.update())
      .catch((error: unknown) => this.#context.log.error('Editors cannot be made read-only', error));
  }

  async #loadReadOnly(): Promise<ReadOnlyEditors> {
    const { ReadOnlyEditors } = await import('./readOnlyEditors.ts');
    return new ReadOnlyEditors(
      {
        memoryKey: readOnlyMemoryKey,
        shallBe: (file) => this.#shallBeReadOnly(file),
        onSet: (file) => this.#warn(file, 'open'),
      },
      this.#memory,
      this.#context.log,
    );
  }

  /** Where it should have been impossible, it is told all the more. */
  #edited(uri: vscode.Uri): void {
    if (onEdit(uri) !== 'off') this.#warn(uri, 'edit');
  }

  #saves(uri: vscode.Uri): void {
    if (setting<OnSaveSetting>(uri, settingIds.onSave, 'warn') === 'warn') this.#warn(uri, 'save');
  }

  #notebookChanged(notebook: vscode.NotebookDocument): void {
    if (vscode.window.activeNotebookEditor?.notebook !== notebook || !this.#lockOn(notebook.uri)) return;
    setTimeout(() => notebook.isDirty && this.#edited(notebook.uri), notebook.isDirty ? 0 : becomesDirtyMs);
  }

  #shallBeReadOnly(uri: vscode.Uri): boolean {
    const placed = onEdit(uri) === 'readonly' ? this.#lockOn(uri) : undefined;
    return placed !== undefined && !this.#anyway.has(keyFor(placed, uri));
  }

  /** Somebody else's lock on this file, if any counts. */
  #lockOn(uri: vscode.Uri): PlacedLock | undefined {
    const file = fileOf(uri);
    if (!file || this.#context.folders.picture.locks.length === 0) return undefined;
    return this.#context.folders.covering(file.fsPath).find(concernsUs);
  }

  #warn(uri: vscode.Uri, occasion: Occasion): void {
    const placed = this.#lockOn(uri);
    if (!placed) return;
    const key = `${keyFor(placed, uri)}\0${occasion === 'open' ? 'open' : 'write'}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#ask(uri, placed, occasion).catch((error: unknown) => {
      this.#context.log.error('The warning of a locked file failed', error);
    });
  }

  async #ask(uri: vscode.Uri, placed: PlacedLock, occasion: Occasion): Promise<void> {
    const { warnOfLock } = await import('./warnOfLock.ts');
    if ((await warnOfLock(this.#context, uri, placed, occasion)) === 'obeys') return;
    const key = keyFor(placed, uri);
    this.#anyway.add(key);
    this.#told.add(`${key}\0write`); // he knows
    this.#updateReadOnly();
  }

  /** The next lock on the same file is told again. */
  #forgetEnded(): void {
    const living = new Set(this.#context.folders.picture.locks.map(keyOf));
    for (const keys of [this.#told, this.#anyway]) {
      for (const key of keys) {
        const [root = '', id = ''] = key.split('\0');
        if (!living.has(`${root}\0${id}`)) keys.delete(key);
      }
    }
  }
}

/** A lock on everything would otherwise tell again in every file. */
function keyFor(placed: PlacedLock, { fsPath }: vscode.Uri): string {
  return coversWholeRoot(placed) ? keyOf(placed) : `${keyOf(placed)}\0${fsPath}`;
}

/**
 * A loop that rewrites the file on disk changes the document too, but leaves it clean. At the first keystroke the document
 * becomes dirty in an event of its own, without changes.
 */
function isByPerson({ document }: vscode.TextDocumentChangeEvent): boolean {
  return document.isDirty && vscode.window.activeTextEditor?.document === document;
}

function onEdit(uri: vscode.Uri): OnEditSetting {
  return setting<OnEditSetting>(uri, settingIds.onEdit, 'warn');
}

function setting<T>(uri: vscode.Uri, name: string, otherwise: T): T {
  return vscode.workspace.getConfiguration(settingIds.section, uri).get<T>(name) ?? otherwise;
}
