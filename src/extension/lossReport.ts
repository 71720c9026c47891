import * as vscode from 'vscode';
import { describeEntry } from '../core/scope/describeEntry.ts';
import { lossSentence } from '../manager/lossSentence.ts';
import type { CommandContext } from './commands/commandContext.ts';

/** Tells the person that a lock of this window is gone: writing on would be writing beside somebody else. */
export function reportLosses(context: CommandContext): vscode.Disposable {
  const tell = async (event: Parameters<Parameters<typeof context.windowLocks.onDidLose>[0]>[0]): Promise<void> => {
    const { lock, id, cause, manager } = event;
    const scope = lock?.scope.map((entry) => describeEntry(entry, manager.root.path)).join(', ') ?? id;
    context.log.warn(`Lost ${id} (${scope}): ${lossSentence(cause)}`);
    await manager.refresh();
    const again = vscode.l10n.t('Lock Again');
    const answer = await context
      .dialogs()
      .warn(vscode.l10n.t('Your lock on {0} was lost: {1}.', scope, lossSentence(cause)), lock ? [again] : []);
    if (answer === again && lock) await context.windowLocks.acquire(manager, lock.scope, lock.holder.name);
  };
  return context.windowLocks.onDidLose((event) => {
    tell(event).catch((error: unknown) => context.log.error('Reporting a lost lock failed', error));
  });
}
