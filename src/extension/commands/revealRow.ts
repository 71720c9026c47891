import * as vscode from 'vscode';
import { viewIds } from '../ids.ts';
import type { LockTree } from '../views/lockTree.ts';
import type { TreeNode } from '../views/treeNodes.ts';

/** While the view is drawn for the first time, VS Code refuses rows that it has been given but has not drawn. */
const retries = 20;
const retryMs = 100;

/** Selects the row that `find` gives, and brings the keyboard there; only the view where it gives none. */
export async function revealRow(
  tree: LockTree,
  find: () => TreeNode | undefined | Promise<TreeNode | undefined>,
): Promise<'revealed' | 'absent'> {
  await vscode.commands.executeCommand(`${viewIds.liveLocks}.focus`);
  for (let tried = 0; ; tried++) {
    const row = await find(); // anew: it may have become another one
    if (!row) return 'absent';
    try {
      await tree.view.reveal(row, { select: true, focus: true, expand: row.kind !== 'group' && row.kind !== 'page' });
      return 'revealed';
    } catch (error) {
      if (tried === retries) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}
