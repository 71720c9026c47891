/** One status bar item: the lock of the active file, else how many locks there are; quiet when there are none. */
import * as vscode from 'vscode';
import { escapeForDisplay } from '../../core/display.ts';
import { blocks } from '../../core/lock.ts';
import { deadlockAdvice, deadlockSentence, formatAge } from '../../core/sentences.ts';
import type { Disposable } from '../disposables.ts';
import { activeFile } from '../fileOf.ts';
import { commandIds } from '../ids.ts';
import { lockCardMarkdown } from '../lockCard.ts';
import type { LockedFolders, PlacedLock } from '../lockedFolders.ts';

/** Holders in the tooltip. */
const mostNamed = 10;

export class StatusItem implements Disposable {
  readonly item: vscode.StatusBarItem;
  readonly #folders: LockedFolders;
  readonly #subscriptions: readonly Disposable[];

  constructor(folders: LockedFolders) {
    this.#folders = folders;
    this.item = vscode.window.createStatusBarItem('workspaceLocks.status', vscode.StatusBarAlignment.Left, 10);
    this.item.name = vscode.l10n.t('Workspace Locks');
    this.item.command = commandIds.showLocks;
    this.#subscriptions = [
      this.item,
      folders.onDidChange(() => this.#update()),
      vscode.window.onDidChangeActiveTextEditor(() => this.#update()),
      vscode.window.onDidChangeActiveNotebookEditor(() => this.#update()),
    ];
    this.#update();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #update(): void {
    const { locks, conflicts, deadlocks } = this.#folders.picture;
    const held = locks.filter(({ lock }) => blocks(lock));
    const active = this.#activeLock();
    if (deadlocks.length > 0) {
      const [first] = deadlocks;
      const sentence = first && `${deadlockSentence(first.deadlock, first.manager.root.path)} ${deadlockAdvice}`;
      this.#show('$(warning)', vscode.l10n.t('Deadlock'), sentence);
    } else if (active) {
      const name = active.lock.mine ? vscode.l10n.t('you') : escapeForDisplay(active.lock.holder.name, 40);
      const text = vscode.l10n.t('Locked by {0}', name);
      const icon = conflicts.length > 0 ? '$(warning)' : active.lock.mine ? '$(key)' : '$(lock)';
      const what = conflicts.length > 0 ? `${text} · ${conflictCount(conflicts.length)}` : text;
      this.#show(icon, what, lockCardMarkdown(active, Date.now()));
    } else if (conflicts.length > 0) {
      this.#show('$(warning)', conflictCount(conflicts.length), undefined);
    } else if (held.length > 0) {
      const names = held
        .slice(0, mostNamed)
        .map(({ lock }) => `${escapeForDisplay(lock.holder.name, 60)}, ${formatAge(lock, Date.now())}`);
      this.#show(
        '$(lock)',
        held.length === 1 ? vscode.l10n.t('1 lock') : vscode.l10n.t('{0} locks', held.length),
        names.join('\n'),
      );
    } else {
      this.item.hide();
    }
    this.item.backgroundColor =
      conflicts.length + deadlocks.length > 0 ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
  }

  #show(icon: string, text: string, tooltip: vscode.MarkdownString | string | undefined): void {
    // `$(` in a holder's name would draw an icon.
    this.item.text = `${icon} ${text.replaceAll('$(', '$ (')}`;
    this.item.tooltip = tooltip;
    this.item.accessibilityInformation = { label: `${vscode.l10n.t('Workspace Locks')}: ${text}`, role: 'button' };
    this.item.show();
  }

  #activeLock(): PlacedLock | undefined {
    const file = activeFile();
    if (file === undefined) return undefined;
    const covering = this.#folders.covering(file);
    return covering.find(({ lock }) => !lock.mine) ?? covering[0];
  }
}

function conflictCount(count: number): string {
  return count === 1 ? vscode.l10n.t('1 lock conflict') : vscode.l10n.t('{0} lock conflicts', count);
}
