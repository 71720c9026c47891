/** The tree *Live Locks*: a pure function of the window's picture. */
import * as vscode from 'vscode';
import { escapeForDisplay } from '../../core/display.ts';
import type { Lock } from '../../core/lock.ts';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import type { ScopeEntry } from '../../core/scope/entry.ts';
import { evidenceSentence, formatAge, verdictSentence } from '../../core/sentences.ts';
import type { Disposable } from '../disposables.ts';
import { colorIds, commandIds, contextKeys, treeContexts, viewIds, type TreeState } from '../ids.ts';
import { lockCardMarkdown } from '../lockCard.ts';
import { concernsUs, keyOf, type LockedFolders, type PlacedLock } from '../lockedFolders.ts';

export type TreeNode =
  | { readonly kind: 'conflict'; readonly a: PlacedLock; readonly b: PlacedLock }
  | { readonly kind: 'lock'; readonly placed: PlacedLock; readonly idPrefix: string }
  | {
      readonly kind: 'entry';
      readonly entry: ScopeEntry;
      readonly index: number;
      readonly of: PlacedLock;
      readonly idPrefix: string;
    }
  | {
      readonly kind: 'evidence';
      readonly text: string;
      readonly index: number;
      readonly of: PlacedLock;
      readonly idPrefix: string;
    };

export class LockTree implements vscode.TreeDataProvider<TreeNode>, Disposable {
  readonly view: vscode.TreeView<TreeNode>;
  readonly #folders: LockedFolders;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: readonly Disposable[];
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(folders: LockedFolders) {
    this.#folders = folders;
    this.view = vscode.window.createTreeView(viewIds.liveLocks, {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
    });
    this.#subscriptions = [this.view, this.#changed, folders.onDidChange(() => this.#update())];
    this.#update();
  }

  getChildren(node?: TreeNode): TreeNode[] {
    if (node === undefined) return this.#roots();
    switch (node.kind) {
      case 'conflict':
        return [node.a, node.b].map((placed) => ({ kind: 'lock', placed, idPrefix: conflictId(node) }));
      case 'lock':
        return lockChildren(node.placed, node.idPrefix);
      case 'entry':
      case 'evidence':
        return [];
    }
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    switch (node.kind) {
      case 'conflict':
        return conflictItem(node);
      case 'lock':
        return lockItem(node.placed, node.idPrefix, this.#folders.managers.length > 1);
      case 'entry':
        return entryItem(node, this.#folders.shown.bind(this.#folders));
      case 'evidence':
        return evidenceItem(node);
    }
  }

  /** The card is made only for the row that somebody points at. */
  resolveTreeItem(item: vscode.TreeItem, node: TreeNode): vscode.TreeItem {
    if (node.kind === 'lock') item.tooltip = lockCardMarkdown(node.placed, Date.now());
    return item;
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #roots(): TreeNode[] {
    const { locks, conflicts } = this.#folders.picture;
    return [
      ...conflicts.map(({ a, b }): TreeNode => ({ kind: 'conflict', a, b })),
      ...[...locks].sort(byUrgency).map((placed): TreeNode => ({ kind: 'lock', placed, idPrefix: '' })),
    ];
  }

  #update(): void {
    this.#changed.fire();
    this.view.badge = badgeOf(this.#folders);
    const { problems } = this.#folders.picture;
    this.view.message = problems.map((text) => escapeForDisplay(text, 300)).join(' '); // empty shows none
    void vscode.commands.executeCommand('setContext', contextKeys.state, treeState(this.#folders));
  }
}

function treeState({ managers, picture, isRead }: LockedFolders): TreeState {
  if (picture.locks.length > 0) return 'locks';
  if (!isRead) return 'loading';
  if (picture.problems.length > 0) return 'unreadable'; // the view's message says why
  if (managers.length === 0) return 'no-folder';
  if (managers.some(({ os, root }) => os.remoteFileSystem(root.path) !== undefined || os.flock.provider === undefined))
    return 'unsupported';
  return managers.some(({ os, layout }) => os.lstat(layout.running) !== undefined) ? 'no-locks' : 'no-store';
}

function badgeOf({ picture }: LockedFolders): vscode.ViewBadge | undefined {
  const conflicts = picture.conflicts.length;
  if (conflicts > 0) {
    return {
      value: conflicts,
      tooltip:
        conflicts === 1
          ? vscode.l10n.t('1 conflict: two holders each think they are alone')
          : vscode.l10n.t('{0} conflicts: two holders each think they are alone', conflicts),
    };
  }
  const value = picture.locks.filter(concernsUs).length;
  return value === 0
    ? undefined
    : {
        value,
        tooltip:
          value === 1
            ? vscode.l10n.t('1 lock held by somebody else')
            : vscode.l10n.t('{0} locks held by others', value),
      };
}

/** What needs somebody first: unknown and malformed, then what lives, then what is only left over. */
const urgency: Readonly<Record<Lock['verdict'], number>> = { unknown: 0, malformed: 1, live: 2, stale: 3 };

function byUrgency(a: PlacedLock, b: PlacedLock): number {
  return (
    urgency[a.lock.verdict] - urgency[b.lock.verdict] ||
    (a.lock.acquiredAt ?? 0) - (b.lock.acquiredAt ?? 0) ||
    a.lock.id.localeCompare(b.lock.id)
  );
}

function lockItem(placed: PlacedLock, idPrefix: string, severalRoots: boolean): vscode.TreeItem {
  const { lock, manager } = placed;
  const name = escapeForDisplay(lock.holder.name, 60);
  const scope = scopeSummary(placed);
  const age = formatAge(lock, Date.now());
  const root = severalRoots ? ` · ${manager.root.path.split('/').at(-1) ?? ''}` : '';
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `${idPrefix}${keyOf(placed)}`;
  // The verdict comes first where it matters: a narrow view cuts the end.
  item.description = `${lock.verdict === 'live' ? '' : `${lock.verdict} · `}${scope} · ${age}${root}`;
  item.iconPath = iconOf(lock);
  item.contextValue = lock.mine && lock.verdict === 'live' ? treeContexts.mine : treeContexts[lock.verdict];
  const whose = lock.mine ? vscode.l10n.t('yours') : vscode.l10n.t('held by {0}', name);
  item.accessibilityInformation = {
    label: `${name}, ${scope}, ${age}, ${lock.verdict}, ${whose}. ${verdictSentence(lock)}`,
  };
  return item;
}

function iconOf(lock: Lock): vscode.ThemeIcon {
  const icon = (id: string, color?: string): vscode.ThemeIcon =>
    new vscode.ThemeIcon(id, color === undefined ? undefined : new vscode.ThemeColor(color));
  switch (lock.verdict) {
    case 'live':
      return lock.mine ? icon('key', colorIds.mine) : icon('lock', colorIds.locked);
    case 'stale':
      return icon('history', colorIds.stale);
    case 'unknown':
      return icon('question', colorIds.conflict);
    case 'malformed':
      return icon('warning', colorIds.conflict);
  }
}

function scopeSummary({ lock, manager }: PlacedLock): string {
  const [first, ...others] = lock.scope;
  if (lock.verdictReason === 'unreadable') return vscode.l10n.t('everything');
  if (first === undefined) return vscode.l10n.t('nothing');
  const shown =
    first.kind === 'path' && first.path === manager.root.path
      ? vscode.l10n.t('whole workspace')
      : describeEntry(first, manager.root.path);
  return others.length === 0 ? shown : `${shown} +${others.length}`;
}

function lockChildren(placed: PlacedLock, idPrefix: string): TreeNode[] {
  const { lock } = placed;
  return [
    ...lock.scope.map((entry, index): TreeNode => ({ kind: 'entry', entry, index, of: placed, idPrefix })),
    ...[verdictSentence(lock), ...lock.evidence.map(evidenceSentence)].map((text, index): TreeNode => ({
      kind: 'evidence',
      text,
      index,
      of: placed,
      idPrefix,
    })),
  ];
}

function entryItem(
  { entry, index, of, idPrefix }: Extract<TreeNode, { kind: 'entry' }>,
  shown: (canonical: string) => string,
): vscode.TreeItem {
  const item = new vscode.TreeItem(describeEntry(entry, of.manager.root.path));
  item.id = `${idPrefix}${keyOf(of)}\0entry${index}`;
  switch (entry.kind) {
    case 'path':
      item.resourceUri = vscode.Uri.file(shown(entry.path));
      item.iconPath = new vscode.ThemeIcon('file-symlink-directory');
      item.command = { command: commandIds.openScope, title: vscode.l10n.t('Open'), arguments: [item.resourceUri] };
      break;
    case 'glob':
      item.iconPath = new vscode.ThemeIcon('filter');
      break;
    case 'name':
      item.iconPath = new vscode.ThemeIcon('symbol-string');
  }
  return item;
}

function evidenceItem({ text, index, of, idPrefix }: Extract<TreeNode, { kind: 'evidence' }>): vscode.TreeItem {
  const item = new vscode.TreeItem(escapeForDisplay(text, 300));
  item.id = `${idPrefix}${keyOf(of)}\0evidence${index}`;
  item.iconPath = new vscode.ThemeIcon(index === 0 ? 'info' : 'search');
  return item;
}

function conflictId({ a, b }: Extract<TreeNode, { kind: 'conflict' }>): string {
  return `conflict\0${keyOf(a)}\0${keyOf(b)}\0`;
}

function conflictItem(node: Extract<TreeNode, { kind: 'conflict' }>): vscode.TreeItem {
  const names = [node.a, node.b].map(({ lock }) => escapeForDisplay(lock.holder.name, 60));
  const label = vscode.l10n.t('Conflict: {0} and {1}', names[0] ?? '', names[1] ?? '');
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  item.id = conflictId(node);
  item.description = scopeSummary(node.a);
  item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor(colorIds.conflict));
  item.tooltip = vscode.l10n.t('Both locks count and their scopes overlap: two holders each think they are alone.');
  item.accessibilityInformation = { label: `${label}. ${scopeSummary(node.a)}` };
  return item;
}
