import * as vscode from 'vscode';
import { readDuration } from '../../core/duration.ts';
import { LockError } from '../../core/errors.ts';
import { describeLock } from '../../core/sentences.ts';
import { askToRenew } from '../../manager/askToRenew.ts';
import type { PlacedLock } from '../lockedFolders.ts';
import { requireLocks, type CommandContext } from './commandContext.ts';
import { forEachLock } from './severalLocks.ts';

/** Scopes that fit into the title of a question. */
const mostInTitle = 5;

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
    title: vscode.l10n.t('Hold {0} for how long, from now?', scopesOf(own)),
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

function scopesOf(locks: readonly PlacedLock[]): string {
  const scopes = locks.slice(0, mostInTitle).map(({ lock, manager }) => describeLock(lock, manager.root.path));
  const more = locks.length - scopes.length;
  return more > 0 ? vscode.l10n.t('{0} and {1} more', scopes.join(', '), more) : scopes.join(', ');
}
