/** Leads to a lock in the tree: opens what it lies in, and selects its row, which is what a screen reader says. */
import * as vscode from 'vscode';
import { activeFile } from '../fileOf.ts';
import { keyOf, type PlacedLock } from '../lockedFolders.ts';
import type { LockTree } from '../views/lockTree.ts';
import type { TreeNode } from '../views/treeNodes.ts';
import type { CommandContext } from './commandContext.ts';
import { revealRow } from './revealRow.ts';
import { nameLock } from './severalLocks.ts';

const messageMs = 5_000;

/** The lock of the file that was chosen in the Explorer, else of the active one; without any, the first row. */
export async function showLocks(context: CommandContext, clicked: unknown): Promise<void> {
  const file = clicked instanceof vscode.Uri ? clicked.fsPath : activeFile();
  const covering = file === undefined ? [] : context.folders.covering(file);
  const placed = covering.find(({ lock }) => !lock.mine) ?? covering[0];
  if (placed) return await showLock(context, placed);
  await revealRow(context.tree, () => context.tree.getChildren()[0]);
}

export async function showLock(context: CommandContext, placed: PlacedLock): Promise<void> {
  const { tree } = context;
  if ((await revealRow(tree, () => rowOf(tree, tree.getChildren(), keyOf(placed)))) === 'revealed') return;
  if (tree.shape.hidden.includes(placed.lock.protocol)) await tellHidden(context, placed);
  else vscode.window.setStatusBarMessage(vscode.l10n.t('The lock of {0} is gone.', nameLock(placed)), messageMs);
}

async function rowOf(tree: LockTree, nodes: readonly TreeNode[], key: string): Promise<TreeNode | undefined> {
  for (const node of nodes) {
    if (node.kind === 'lock' && keyOf(node.placed) === key) return node;
    const isInside =
      (node.kind === 'group' || node.kind === 'page') && node.members.some((each) => keyOf(each) === key);
    if (isInside) return await rowOf(tree, await tree.getChildren(node), key);
  }
  return undefined;
}

async function tellHidden(context: CommandContext, placed: PlacedLock): Promise<void> {
  const all = vscode.l10n.t('Show All Locks');
  const text = vscode.l10n.t('The filter of the Locks view hides the lock of {0}.', nameLock(placed));
  if ((await context.dialogs().warn(text, [all])) !== all) return;
  await context.tree.reshape({ hidden: [] });
  await showLock(context, placed);
}
