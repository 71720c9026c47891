/** Looking closer at locks: their files, and all that is known about them as text. */
import * as vscode from 'vscode';
import { lockCardText } from '../lockCard.ts';
import { requireLocks, type CommandContext } from './commandContext.ts';

export async function revealLockFile(context: CommandContext, node: unknown, selection: unknown): Promise<void> {
  for (const { lock } of requireLocks(context, node, selection)) {
    await vscode.window.showTextDocument(vscode.Uri.file(lock.file), { preview: true });
  }
}

export async function copyLockCard(context: CommandContext, node: unknown, selection: unknown): Promise<void> {
  const cards = requireLocks(context, node, selection).map((placed) => lockCardText(placed, Date.now()));
  await vscode.env.clipboard.writeText(cards.join('\n'));
}
