/** Looking closer at locks: their files, and all that is known about them as text. */
import * as vscode from 'vscode';
import { nameOf } from '../../core/sentences.ts';
import { lockCardText } from '../lockCard.ts';
import { requireLocks, type CommandContext } from './commandContext.ts';

export async function revealLockFile(context: CommandContext, node: unknown, selection: unknown): Promise<void> {
  for (const { lock } of requireLocks(context, node, selection)) {
    if (lock.protocol === 'etcd') {
      await context
        .dialogs()
        .warn(vscode.l10n.t('The lock of {0} stands in a cluster: it has no file here.', nameOf(lock)), []);
      continue;
    }
    await vscode.window.showTextDocument(vscode.Uri.file(lock.file), { preview: true });
  }
}

export async function copyLockCard(context: CommandContext, node: unknown, selection: unknown): Promise<void> {
  const cards = requireLocks(context, node, selection).map((placed) => lockCardText(placed, Date.now()));
  await vscode.env.clipboard.writeText(cards.join('\n'));
}
