import * as vscode from 'vscode';
import { readDuration } from '../../core/duration.ts';
import { LockError } from '../../core/errors.ts';
import { askToRenew } from '../../manager/askToRenew.ts';
import { requireLocks, type CommandContext } from './commandContext.ts';

/** More time for locks of this window, counted from now. */
export async function renew(context: CommandContext, node: unknown, selection: unknown): Promise<void> {
  const own = requireLocks(context, node, selection).filter(({ lock }) => lock.mine);
  if (own.length === 0) {
    throw new LockError(
      'not-yours',
      vscode.l10n.t('Only locks of this window can be renewed here.'),
      vscode.l10n.t('Choose one of yours, or ask its holder.'),
    );
  }
  const time = await context.dialogs().input({
    title: vscode.l10n.t('Hold it for how long, from now?'),
    placeholder: vscode.l10n.t('Such as 30m or 2h'),
    problem: (text) =>
      typeof readDuration(text) === 'number' ? undefined : vscode.l10n.t('Write a time such as 30m or 2h.'),
  });
  const ttlMs = time === undefined ? 'no-time' : readDuration(time);
  if (typeof ttlMs !== 'number') return;
  for (const { lock, manager } of own) await askToRenew(manager, lock, ttlMs);
}
