import * as vscode from 'vscode';
import { messageOf } from '../core/errors.ts';
import { describeEntry } from '../core/scope/describeEntry.ts';
import { lossSentence } from '../manager/lossSentence.ts';
import type { CommandContext } from './commands/commandContext.ts';
import type { LostLock } from './windowLocks.ts';

/** Tells the person that a lock of this window is gone: writing on would be writing beside somebody else. */
export function reportLosses(context: CommandContext): vscode.Disposable {
  return context.windowLocks.onDidLose((lost) => {
    tell(context, lost).catch((error: unknown) => {
      context.log.error('Taking a lost lock again failed', error);
      void context.dialogs().warn(messageOf(error), []);
    });
  });
}

async function tell(context: CommandContext, { lock, cause }: LostLock): Promise<void> {
  const scope = lock.scope.map((entry) => describeEntry(entry, lock.manager.root.path)).join(', ');
  context.log.warn(`Lost ${lock.id} (${scope}): ${lossSentence(cause)}`);
  const again = vscode.l10n.t('Lock Again');
  const answer = await context
    .dialogs()
    .warn(vscode.l10n.t('Your lock on {0} was lost: {1}.', scope, lossSentence(cause)), [again]);
  if (answer !== again) return;
  const { acquireScope } = await import('./commands/handlers.ts');
  await acquireScope(context, context.folders.successorOf(lock.manager), lock.scope, lock.holder);
}
