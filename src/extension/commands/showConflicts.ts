import * as vscode from 'vscode';
import type { TreeNode } from '../views/treeNodes.ts';
import type { CommandContext } from './commandContext.ts';
import { revealRow } from './revealRow.ts';

const messageMs = 5_000;

/** Leads to the first deadlock or conflict in the tree; where there is none, says so without being in the way. */
export async function showConflicts({ folders, tree }: CommandContext): Promise<void> {
  await folders.refresh();
  const first = (): TreeNode | undefined =>
    tree.getChildren().find(({ kind }) => kind === 'deadlock' || kind === 'conflict');
  if (first()) await revealRow(tree, first);
  else vscode.window.setStatusBarMessage(vscode.l10n.t('No lock conflicts.'), messageMs);
}
