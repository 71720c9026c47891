import * as vscode from 'vscode';
import { LockError } from '../../core/errors.ts';
import type { ActivityPanel } from '../activity/activityPanel.ts';
import type { Dialogs } from '../dialogs.ts';
import { keyOf, type LockedFolders, type PlacedLock } from '../lockedFolders.ts';
import type { LockTree } from '../views/lockTree.ts';
import type { TreeNode } from '../views/treeNodes.ts';
import type { ClusterAccount } from '../cluster/clusterAccount.ts';
import type { WindowLocks } from '../windowLocks.ts';
import type { DiagnosisDocument } from './diagnose.ts';

/** The window's Activity panel, while it is open: there is one at most. */
export interface ActivitySlot {
  panel: ActivityPanel | undefined;
}

/** What every command works with. */
export interface CommandContext {
  readonly folders: LockedFolders;
  readonly windowLocks: WindowLocks;
  readonly account: ClusterAccount;
  readonly tree: LockTree;
  readonly diagnosisDocument: DiagnosisDocument;
  readonly activity: ActivitySlot;
  /** Keys of the scopes that this window waits for now: each once. */
  readonly waits: Set<string>;
  /** Where the extension's own files are. */
  readonly extensionUri: vscode.Uri;
  /** Of the extension. */
  readonly version: string;
  readonly log: vscode.LogOutputChannel;
  /** A getter, so that tests can answer for the person. */
  readonly dialogs: () => Dialogs;
}

/**
 * The locks that a command was called on: the rows selected in the tree, or the one whose menu or icon was used
 * (VS Code passes the row, then the selection). Each once; a group means its locks, a row below a lock means nothing.
 */
export function selectedLocks(context: CommandContext, node: unknown, selection: unknown): readonly PlacedLock[] {
  const nodes =
    Array.isArray(selection) && selection.length > 0
      ? selection
      : node === undefined
        ? context.tree.view.selection
        : [node];
  const locks = nodes.flatMap((candidate) => (isTreeNode(candidate) ? locksOf(context.tree.newest(candidate)) : []));
  return [...new Map(locks.map((placed) => [keyOf(placed), placed])).values()];
}

/** The same, for commands that need one. */
export function requireLocks(context: CommandContext, node: unknown, selection: unknown): readonly PlacedLock[] {
  const locks = selectedLocks(context, node, selection);
  if (locks.length > 0) return locks;
  throw new LockError(
    'usage',
    vscode.l10n.t('No lock is chosen.'),
    vscode.l10n.t('Choose one or more in the Locks view first.'),
  );
}

function locksOf(node: TreeNode): readonly PlacedLock[] {
  switch (node.kind) {
    case 'lock':
      return [node.placed];
    case 'conflict':
      return [node.a, node.b];
    case 'entry':
    case 'file':
    case 'detail':
    case 'waiter':
    case 'hidden':
      return [];
    case 'group':
    case 'page':
      return node.members;
    case 'hint': {
      const { manager, hint } = node;
      return manager.snapshot.locks.filter(({ id }) => hint.about.includes(id)).map((lock) => ({ lock, manager }));
    }
    case 'deadlock': {
      const { manager } = node;
      return node.deadlock.members.flatMap(({ lock }) => (lock ? [{ lock, manager }] : []));
    }
  }
}

/** Rows are all that VS Code hands to commands of the tree. */
export function isTreeNode(value: unknown): value is TreeNode {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
