import * as vscode from 'vscode';
import { LockError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope/entry.ts';
import { describeScope } from '../../core/sentences.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import type { Conflict } from '../../protocols/protocol.ts';
import type { Terms } from '../windowLocks.ts';
import type { CommandContext } from './commandContext.ts';
import { conflictSentence } from './conflictSentence.ts';
import { isOurs, tellOwn } from './ownConflict.ts';

const messageMs = 5_000;

/** How a wait ended. `ours`: only locks of this window are left in the way, and it would wait for itself. */
type WaitEnd =
  | { readonly kind: 'granted' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'ours'; readonly conflict: Conflict };

/**
 * Waits in the queue, as progress that the person can cancel; tells once the lock is there. One wait for each scope: who
 * asks again is shown the one that runs.
 */
export async function waitForScope(
  context: CommandContext,
  manager: LockManager,
  scope: Scope,
  holder: string,
  terms: Terms = {},
): Promise<void> {
  const what = describeScope(scope, manager.root.path);
  const key = JSON.stringify([manager.root.path, scope]);
  if (context.waits.has(key)) {
    vscode.window.setStatusBarMessage(vscode.l10n.t('You wait for {0} already.', what), messageMs);
    await vscode.commands.executeCommand('notifications.showList');
    return;
  }
  context.waits.add(key);
  try {
    const end = await waitWithProgress(context, manager, scope, holder, terms);
    context.waits.delete(key); // before somebody is asked, who may want to wait again
    if (end.kind === 'granted') {
      vscode.window.setStatusBarMessage(vscode.l10n.t('You have locked {0}.', what), messageMs);
    }
    if (end.kind === 'ours') await tellOwn(context, manager, end.conflict);
  } finally {
    context.waits.delete(key);
  }
}

async function waitWithProgress(
  context: CommandContext,
  manager: LockManager,
  scope: Scope,
  holder: string,
  terms: Terms,
): Promise<WaitEnd> {
  return await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Waiting for {0}', describeScope(scope, manager.root.path)),
      cancellable: true,
    },
    async (progress, token): Promise<WaitEnd> => {
      const cancel = new AbortController();
      let ours: Conflict | undefined;
      const subscription = token.onCancellationRequested(() => cancel.abort());
      try {
        await context.windowLocks.acquire(manager, scope, holder, terms, {
          signal: cancel.signal,
          onWaiting: (conflict) => {
            progress.report({ message: conflictSentence(conflict, manager.root.path) });
            if (!isOurs(conflict)) return;
            ours = conflict;
            cancel.abort();
          },
        });
        return { kind: 'granted' };
      } catch (error) {
        if (!(error instanceof LockError && error.code === 'cancelled')) throw error;
        return ours ? { kind: 'ours', conflict: ours } : { kind: 'cancelled' };
      } finally {
        subscription.dispose();
      }
    },
  );
}
