/** Badges on locked files and folders in the Explorer. */
import * as vscode from 'vscode';
import { escapeForDisplay } from '../../core/display.ts';
import { formatAge } from '../../core/sentences.ts';
import type { Disposable } from '../disposables.ts';
import { colorIds, settingIds } from '../ids.ts';
import { coversWholeRoot, type LockedFolders, type PlacedLock } from '../lockedFolders.ts';

/** An emoji renders as a box on some machines; a letter does everywhere. */
const badge = 'L';

/** VS Code thins out larger events. */
const maxUrisInEvent = 250;

/** After so many files somebody has scrolled through a forest; forgetting them only costs a late refresh of a badge. */
const maxRemembered = 20_000;

export class ExplorerMarks implements vscode.FileDecorationProvider, Disposable {
  readonly #folders: LockedFolders;
  readonly #changed = new vscode.EventEmitter<vscode.Uri[]>();
  readonly #subscriptions: readonly Disposable[];
  /** What was last said of each file that VS Code asked about. */
  readonly #asked = new Map<string, string>();
  /** Locked paths that VS Code has been told of. */
  #announced: ReadonlySet<string> = new Set();
  readonly onDidChangeFileDecorations = this.#changed.event;

  constructor(folders: LockedFolders) {
    this.#folders = folders;
    this.#subscriptions = [
      this.#changed,
      vscode.window.registerFileDecorationProvider(this),
      folders.onDidChange(() => this.#update()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(`${settingIds.section}.${settingIds.explorerColors}`))
          this.#fire([...this.#asked.keys()]);
      }),
    ];
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== 'file') return undefined;
    const mark = this.#markOf(uri.fsPath);
    this.#remember(uri.toString(), signature(mark));
    return mark && this.#decorationOf(mark, uri.fsPath);
  }

  #remember(uri: string, mark: string): void {
    this.#asked.delete(uri); // to the end of the line
    this.#asked.set(uri, mark);
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > maxRemembered && oldest !== undefined) this.#asked.delete(oldest);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** The lock that a file is marked for: somebody else's first, because that one stops us. */
  #markOf(file: string): PlacedLock | undefined {
    const covering = this.#folders
      .covering(file)
      .filter((placed) => !coversWholeRoot(placed) || this.#folders.shown(placed.manager.root.path) === file);
    return covering.find(({ lock }) => !lock.mine) ?? covering[0];
  }

  /** Fires for every file whose mark is another than the one last given; never for all, which would flicker. */
  #update(): void {
    const stale: string[] = [];
    for (const [uri, before] of this.#asked) {
      if (signature(this.#markOf(vscode.Uri.parse(uri).fsPath)) !== before) stale.push(uri);
    }
    this.#fire([...stale, ...this.#newlyLocked()]);
  }

  /** Folders show the marks of what is inside, so a locked path is announced once even if nobody has asked about it yet. */
  #newlyLocked(): readonly string[] {
    const locked = new Set<string>();
    for (const { lock } of this.#folders.picture.locks) {
      for (const entry of lock.scope) if (entry.kind === 'path') locked.add(entry.path);
    }
    const before = this.#announced;
    this.#announced = locked;
    return [...locked]
      .filter((each) => !before.has(each))
      .map((each) => vscode.Uri.file(this.#folders.shown(each)).toString())
      .filter((uri) => !this.#asked.has(uri));
  }

  #decorationOf({ lock }: PlacedLock, file: string): vscode.FileDecoration {
    const name = escapeForDisplay(lock.holder.name, 60);
    const age = formatAge(lock, Date.now());
    const tooltip = lock.mine
      ? vscode.l10n.t('Locked by you, {0}', age)
      : vscode.l10n.t('Locked by {0}, {1}', name, age);
    const colored = vscode.workspace
      .getConfiguration(settingIds.section)
      .get<boolean>(settingIds.explorerColors, false);
    const color = colored ? new vscode.ThemeColor(lock.mine ? colorIds.mine : colorIds.locked) : undefined;
    const decoration = new vscode.FileDecoration(badge, tooltip, color);
    // The parents of the locked path itself are marked; below it every file carries its own badge.
    decoration.propagate = lock.scope.some(
      (entry) => entry.kind !== 'path' || this.#folders.shown(entry.path) === file,
    );
    return decoration;
  }

  #fire(uris: readonly string[]): void {
    for (let start = 0; start < uris.length; start += maxUrisInEvent) {
      this.#changed.fire(uris.slice(start, start + maxUrisInEvent).map((uri) => vscode.Uri.parse(uri)));
    }
  }
}

function signature(mark: PlacedLock | undefined): string {
  return mark ? `${mark.lock.id} ${mark.lock.verdict} ${mark.lock.mine} ${formatAge(mark.lock, Date.now())}` : '';
}
