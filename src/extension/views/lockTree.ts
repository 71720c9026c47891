/** The tree *Live Locks*: a pure function of the window's picture. */
import * as vscode from 'vscode';
import { escapeForDisplay } from '../../core/display.ts';
import type { Disposable } from '../disposables.ts';
import { contextKeys, viewIds, type TreeState } from '../ids.ts';
import { lockCardMarkdown } from '../lockCard.ts';
import { concernsUs, type LockedFolders } from '../lockedFolders.ts';
import {
  conflictItem,
  deadlockItem,
  detailItem,
  entryItem,
  fileItem,
  groupItem,
  hiddenItem,
  hintItem,
  lockItem,
  pageItem,
  waiterItem,
} from './treeItems.ts';
import { ShownRows } from './shownRows.ts';
import { childrenOf, filesOf, rootNodes, type NodeOf, type TreeNode } from './treeNodes.ts';
import { TreeShapes, type TreeShape } from './treeShape.ts';

export class LockTree implements vscode.TreeDataProvider<TreeNode>, Disposable {
  readonly view: vscode.TreeView<TreeNode>;
  readonly #folders: LockedFolders;
  readonly #shapes: TreeShapes;
  readonly #rows = new ShownRows();
  readonly #changed = new vscode.EventEmitter<TreeNode[] | undefined>();
  readonly #subscriptions: readonly Disposable[];
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(folders: LockedFolders, memory: vscode.Memento) {
    this.#folders = folders;
    this.#shapes = new TreeShapes(memory);
    this.view = vscode.window.createTreeView(viewIds.liveLocks, {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
    });
    this.#subscriptions = [this.view, this.#changed, folders.onDidChange(() => this.#update())];
    this.#update();
  }

  getChildren(): TreeNode[];
  getChildren(node?: TreeNode): TreeNode[] | Promise<TreeNode[]>;
  getChildren(node?: TreeNode): TreeNode[] | Promise<TreeNode[]> {
    const newest = node && this.#rows.newest(node);
    if (newest?.kind === 'entry') return filesOf(newest).then((files) => this.#rows.hand(node, files));
    return this.#rows.hand(node, this.#nodesBelow(newest));
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const item = this.#itemOf(this.#rows.newest(node));
    this.#rows.noteLooks(node, looksOf(item));
    return item;
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return this.#rows.parentOf(node);
  }

  /** The card is made only for the row that somebody points at. */
  resolveTreeItem(item: vscode.TreeItem, node: TreeNode): vscode.TreeItem {
    const newest = this.#rows.newest(node);
    if (newest.kind === 'lock') item.tooltip = lockCardMarkdown(newest.placed, Date.now());
    return item;
  }

  /** The row of the newest picture: VS Code hands commands the one that it was first given. */
  newest(node: TreeNode): TreeNode {
    return this.#rows.newest(node);
  }

  get shape(): TreeShape {
    return this.#shapes.current;
  }

  async reshape(change: Partial<TreeShape>): Promise<void> {
    await this.#shapes.change(change);
    this.#update();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #nodesBelow(node: Exclude<TreeNode, NodeOf<'entry'>> | undefined): TreeNode[] {
    const { picture } = this.#folders;
    return node === undefined ? rootNodes(picture, this.shape) : childrenOf(node, picture);
  }

  #itemOf(node: TreeNode): vscode.TreeItem {
    const shown = this.#folders.shown.bind(this.#folders);
    switch (node.kind) {
      case 'conflict':
        return conflictItem(node);
      case 'deadlock':
        return deadlockItem(node);
      case 'lock':
        return lockItem(node, this.#folders.managers.length > 1);
      case 'group':
        return groupItem(node);
      case 'page':
        return pageItem(node);
      case 'hint':
        return hintItem(node);
      case 'hidden':
        return hiddenItem(node);
      case 'waiter':
        return waiterItem(node);
      case 'entry':
        return entryItem(node, shown);
      case 'file':
        return fileItem(node, shown);
      case 'detail':
        return detailItem(node);
    }
  }

  #update(): void {
    const changes = this.#rows.update({
      childrenOf: (node) => (node?.kind === 'entry' ? undefined : this.#nodesBelow(node)),
      looksOf: (node) => looksOf(this.#itemOf(node)),
    });
    if (changes.kind === 'all') this.#changed.fire(undefined);
    else if (changes.rows.length > 0) this.#changed.fire([...changes.rows]);
    this.view.badge = badgeOf(this.#folders);
    this.view.message = messageOf(this.#folders); // empty shows none
    void vscode.commands.executeCommand('setContext', contextKeys.isFiltered, this.shape.hidden.length > 0);
    void vscode.commands.executeCommand('setContext', contextKeys.state, treeState(this.#folders));
  }
}

/** All that a person sees or hears of a row before pointing at it. */
function looksOf(item: vscode.TreeItem): string {
  const { label, description, iconPath, contextValue, collapsibleState, accessibilityInformation } = item;
  return JSON.stringify([
    label,
    description,
    iconPath,
    contextValue,
    collapsibleState,
    accessibilityInformation?.label,
  ]);
}

/** VS Code shows this in place of a welcome text, and with no button. */
function messageOf({ picture }: LockedFolders): string {
  const problems = picture.problems.map((text) => escapeForDisplay(text, 300));
  const advice =
    problems.length > 0 && picture.locks.length === 0
      ? [vscode.l10n.t('Until it can be read, nobody can tell who holds what. The command Diagnose says more.')]
      : [];
  return [...problems, ...advice].join(' ');
}

function treeState({ managers, picture, isRead }: LockedFolders): TreeState {
  if (picture.locks.length + picture.waiters.length > 0) return 'locks';
  if (!isRead) return 'loading';
  if (picture.problems.length > 0) return 'unreadable'; // the view's message says why
  if (managers.length === 0) return 'no-folder';
  if (managers.some(({ os, root }) => os.remoteFileSystem(root.path) !== undefined || os.flock.provider === undefined))
    return 'unsupported';
  return managers.some(({ os, layout }) => os.lstat(layout.running) !== undefined) ? 'no-locks' : 'no-store';
}

function badgeOf({ picture }: LockedFolders): vscode.ViewBadge | undefined {
  const deadlocks = picture.deadlocks.length;
  if (deadlocks > 0) {
    return { value: deadlocks, tooltip: vscode.l10n.t('Deadlock: holders wait for each other in a circle') };
  }
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
