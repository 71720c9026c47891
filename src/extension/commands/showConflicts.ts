import * as vscode from 'vscode';
import { viewIds } from '../ids.ts';
import type { CommandContext } from './commandContext.ts';

const messageMs = 5_000;

/** Leads to the first deadlock or conflict in the tree; where there is none, says so without being in the way. */
export async function showConflicts({ folders, tree }: CommandContext): Promise<void> {
  await folders.refresh();
  const [first] = tree.getChildren().filter(({ kind }) => kind === 'deadlock' || kind === 'conflict');
  if (!first) {
    vscode.window.setStatusBarMessage(vscode.l10n.t('No lock conflicts.'), messageMs);
    return;
  }
  await vscode.commands.executeCommand(`${viewIds.liveLocks}.focus`);
  await tree.view.reveal(first, { select: true, focus: true, expand: true });
}
