/** A lock of this window that stands in its own way: waiting for it would be waiting for oneself. */
import * as vscode from 'vscode';
import { formatAge } from '../../core/sentences.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import type { Conflict } from '../../protocols/protocol.ts';
import type { CommandContext } from './commandContext.ts';
import { releaseLocks } from './releaseLocks.ts';
import { nameScopes } from './severalLocks.ts';
import { showLock } from './showLock.ts';

/** Nobody else is in the way. */
export function isOurs({ locks }: Conflict): boolean {
  return locks.length > 0 && locks.every(({ mine }) => mine);
}

export async function tellOwn(context: CommandContext, manager: LockManager, { locks }: Conflict): Promise<void> {
  const [lock] = locks;
  if (!lock) return;
  const release = vscode.l10n.t('Release');
  const show = vscode.l10n.t('Show Lock');
  const own = locks.map((each) => ({ lock: each, manager }));
  const age = formatAge(lock, Date.now());
  const text = vscode.l10n.t('You have locked this already: {0} ({1}).', nameScopes(own), age);
  const answer = await context.dialogs().warn(text, [release, show]);
  if (answer === show) await showLock(context, { lock, manager });
  if (answer === release) await releaseLocks(context, own);
}
