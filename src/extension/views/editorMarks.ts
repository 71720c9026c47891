/** The mark of a locked file inside its editor: a gutter icon, an overview-ruler mark and a hover with the lock card. */
import * as vscode from 'vscode';
import type { Disposable } from '../disposables.ts';
import { colorIds, settingIds, type GutterSetting } from '../ids.ts';
import { lockCardMarkdown } from '../lockCard.ts';
import { coversWholeRoot, type LockedFolders, type PlacedLock } from '../lockedFolders.ts';

export class EditorMarks implements Disposable {
  readonly #folders: LockedFolders;
  readonly #subscriptions: readonly Disposable[];
  /** One reused type for each kind of mark. */
  readonly #types: Readonly<Record<'locked' | 'mine' | 'plain', vscode.TextEditorDecorationType>>;

  constructor(folders: LockedFolders, media: vscode.Uri) {
    this.#folders = folders;
    const mark = (color: string, icon?: string): vscode.TextEditorDecorationType =>
      vscode.window.createTextEditorDecorationType({
        overviewRulerColor: new vscode.ThemeColor(color),
        overviewRulerLane: vscode.OverviewRulerLane.Full,
        isWholeLine: true,
        ...(icon === undefined
          ? {}
          : {
              gutterIconSize: 'contain',
              // Each at least 3:1 against that side's editors, also those of high contrast.
              dark: { gutterIconPath: vscode.Uri.joinPath(media, `${icon}.svg`) },
              light: { gutterIconPath: vscode.Uri.joinPath(media, `${icon}-light.svg`) },
            }),
      });
    this.#types = {
      locked: mark(colorIds.locked, 'gutter-locked'),
      mine: mark(colorIds.mine, 'gutter-mine'),
      // Without an icon: where a breakpoint stands, or the setting says off.
      plain: mark(colorIds.locked),
    };
    this.#subscriptions = [
      ...Object.values(this.#types),
      folders.onDidChange(() => this.#updateAll()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#updateAll()),
      vscode.debug.onDidChangeBreakpoints(() => this.#updateAll()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(`${settingIds.section}.${settingIds.gutter}`)) this.#updateAll();
      }),
    ];
    this.#updateAll();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #updateAll(): void {
    for (const editor of vscode.window.visibleTextEditors) this.#update(editor);
  }

  #update(editor: vscode.TextEditor): void {
    const { document } = editor;
    const locks = document.uri.scheme === 'file' ? this.#marksOf(document.uri.fsPath) : [];
    const wanted = this.#ranges(editor, locks);
    for (const [kind, type] of Object.entries(this.#types)) {
      editor.setDecorations(type, kind === wanted.kind ? wanted.options : []);
    }
  }

  #marksOf(file: string): readonly PlacedLock[] {
    return this.#folders.covering(file).filter((placed) => !coversWholeRoot(placed));
  }

  #ranges(
    { document }: vscode.TextEditor,
    locks: readonly PlacedLock[],
  ): { readonly kind: 'locked' | 'mine' | 'plain' | 'none'; readonly options: readonly vscode.DecorationOptions[] } {
    if (locks.length === 0) return { kind: 'none', options: [] };
    const gutter = vscode.workspace
      .getConfiguration(settingIds.section, document.uri)
      .get<GutterSetting>(settingIds.gutter, 'firstLine');
    const hoverMessage = locks.map((placed) => lockCardMarkdown(placed, Date.now()));
    const firstLine = { range: document.lineAt(0).range, hoverMessage };
    const foreign = locks.some(({ lock }) => !lock.mine);
    if (gutter === 'off' || hasBreakpoint(document.uri, 0)) return { kind: 'plain', options: [firstLine] };
    const kind = foreign ? 'locked' : 'mine';
    if (gutter === 'firstLine') return { kind, options: [firstLine] };
    const all = Array.from({ length: document.lineCount }, (_, line) => line)
      .filter((line) => !hasBreakpoint(document.uri, line))
      .map((line) => ({ range: document.lineAt(line).range, hoverMessage }));
    return { kind, options: all };
  }
}

/** Users hate gutter icons that stand where their breakpoint was. */
function hasBreakpoint(uri: vscode.Uri, line: number): boolean {
  return vscode.debug.breakpoints.some(
    (breakpoint) =>
      breakpoint instanceof vscode.SourceBreakpoint &&
      breakpoint.location.uri.toString() === uri.toString() &&
      breakpoint.location.range.start.line === line,
  );
}
