import * as vscode from 'vscode';
import { LockError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope/entry.ts';
import { describeScope } from '../../core/sentences.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import type { Terms } from '../windowLocks.ts';
import type { CommandContext } from './commandContext.ts';
import { conflictSentence } from './conflictSentence.ts';

/** Waits in the queue, as progress that the person can cancel; tells once the lock is there. */
export async function waitForScope(
  context: CommandContext,
  manager: LockManager,
  scope: Scope,
  holder: string,
  terms: Terms = {},
): Promise<void> {
  const what = describeScope(scope, manager.root.path);
  const granted = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Waiting for {0}', what),
      cancellable: true,
    },
    async (progress, token) => {
      const cancel = new AbortController();
      const subscription = token.onCancellationRequested(() => cancel.abort());
      try {
        await context.windowLocks.acquire(manager, scope, holder, terms, {
          signal: cancel.signal,
          onWaiting: (conflict) => progress.report({ message: conflictSentence(conflict, manager.root.path) }),
        });
        return true;
      } catch (error) {
        if (error instanceof LockError && error.code === 'cancelled') return false;
        throw error;
      } finally {
        subscription.dispose();
      }
    },
  );
  if (granted) vscode.window.setStatusBarMessage(vscode.l10n.t('You have locked {0}.', what), 5_000);
}
