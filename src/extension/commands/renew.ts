import * as vscode from 'vscode';
import { readDuration } from '../../core/duration.ts';
import { LockError } from '../../core/errors.ts';
import { askToRenew } from '../../manager/askToRenew.ts';
import { chooseLocks } from './chooseLocks.ts';
import type { CommandContext } from './commandContext.ts';
import { forEachLock, nameScopes } from './severalLocks.ts';

/** More time for locks of this window, counted from now. */
export async function renew(context: CommandContext, node: unknown, selection: unknown): Promise<void> {
  const hint = vscode.l10n.t('Choose one of yours, or ask its holder.');
  const { locks } = await chooseLocks(context, node, selection, {
    isMeant: ({ lock }) => lock.mine,
    noneOn: (file) => vscode.l10n.t('This window holds no lock on {0}.', file),
    hint,
  });
  if (!locks) return;
  const own = locks.filter(({ lock }) => lock.mine);
  if (own.length === 0) {
    throw new LockError('not-yours', vscode.l10n.t('Only locks of this window can be renewed here.'), hint);
  }
  const time = await context.dialogs().input({
    title: vscode.l10n.t('Hold {0} for how long, from now?', nameScopes(own)),
    placeholder: vscode.l10n.t('Such as 30m or 2h'),
    problem: (text) =>
      typeof readDuration(text) === 'number' ? undefined : vscode.l10n.t('Write a time such as 30m or 2h.'),
  });
  const ttlMs = time === undefined ? 'no-time' : readDuration(time);
  if (typeof ttlMs !== 'number') return;
  await forEachLock(context, own, async ({ lock, manager }) => {
    await askToRenew(manager, lock, ttlMs);
    return undefined;
  });
}
