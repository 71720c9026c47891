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

/** Files that are looked at without a pause: 5 ms. VS Code may have asked about a forest. */
const portion = 1_000;

/** After so many files somebody has scrolled through a forest; forgetting them only costs a late refresh of a badge. */
const maxRemembered = 20_000;

export class ExplorerMarks implements vscode.FileDecorationProvider, Disposable {
  readonly #folders: LockedFolders;
  readonly #changed = new vscode.EventEmitter<vscode.Uri[]>();
  readonly #subscriptions: readonly Disposable[];
  /** What was last said of each file that VS Code asked about. */
  readonly #asked = new Map<string, { readonly file: string; readonly mark: string }>();
  #updating = false;
  /** Something may have changed since the last look began. */
  #updateAgain = false;
  /** Locked paths that VS Code has been told of. */
  #announced: ReadonlySet<string> = new Set();
  readonly onDidChangeFileDecorations = this.#changed.event;
  readonly #newlyAsked = new vscode.EventEmitter<void>();
  /** VS Code shows a file that it has not shown before. */
  readonly onDidAsk = this.#newlyAsked.event;

  constructor(folders: LockedFolders) {
    this.#folders = folders;
    this.#subscriptions = [
      this.#changed,
      this.#newlyAsked,
      vscode.window.registerFileDecorationProvider(this),
      folders.onDidChange(() => void this.#update()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(`${settingIds.section}.${settingIds.explorerColors}`))
          this.#fire([...this.#asked.keys()]);
      }),
    ];
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (uri.scheme !== 'file') return undefined;
    const mark = this.#markOf(uri.fsPath);
    this.#remember(uri, signature(mark));
    return mark && this.#decorationOf(mark, uri.fsPath);
  }

  #remember(uri: vscode.Uri, mark: string): void {
    const key = uri.toString();
    if (!this.#asked.delete(key)) this.#newlyAsked.fire(); // to the end of the line
    this.#asked.set(key, { file: uri.fsPath, mark });
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > maxRemembered && oldest !== undefined) this.#asked.delete(oldest);
  }

  /** The files that VS Code has shown last, in the Explorer or elsewhere. */
  shownLast(most: number): readonly string[] {
    return [...this.#asked.values()].slice(-most).map(({ file }) => file);
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

  /** Never rejects, so it is safe as void. Calls while one is under way share the one that follows it. */
  async #update(): Promise<void> {
    this.#updateAgain = true;
    if (this.#updating) return;
    this.#updating = true;
    while (this.#updateAgain) {
      this.#updateAgain = false;
      await this.#fireNewlyLocked();
      await this.#fireChanged();
    }
    this.#updating = false;
  }

  /**
   * Fires for every file whose mark is another than the one last given; never for all, which would flicker.
   */
  async #fireChanged(): Promise<void> {
    await inPortions([...this.#asked], (some) => {
      this.#fire(some.filter(([, { file, mark }]) => signature(this.#markOf(file)) !== mark).map(([uri]) => uri));
    });
  }

  /** Folders show the marks of what is inside, so a locked path is announced once even if nobody has asked about it yet. */
  async #fireNewlyLocked(): Promise<void> {
    const locked = new Set<string>();
    for (const { lock } of this.#folders.picture.locks) {
      for (const entry of lock.scope) if (entry.kind === 'path') locked.add(entry.path);
    }
    const before = this.#announced;
    this.#announced = locked;
    await inPortions(
      [...locked].filter((each) => !before.has(each)),
      (paths) => {
        const uris = paths.map((each) => vscode.Uri.file(this.#folders.shown(each)).toString());
        this.#fire(uris.filter((uri) => !this.#asked.has(uri)));
      },
    );
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

/** Lets others run between one portion and the next; the first one is done at once. */
async function inPortions<T>(items: readonly T[], work: (some: readonly T[]) => void): Promise<void> {
  for (let from = 0; from < items.length; from += portion) {
    if (from > 0) await new Promise((resolve) => setImmediate(resolve));
    work(items.slice(from, from + portion));
  }
}

function signature(mark: PlacedLock | undefined): string {
  return mark ? `${mark.lock.id} ${mark.lock.verdict} ${mark.lock.mine} ${formatAge(mark.lock, Date.now())}` : '';
}
