import * as vscode from 'vscode';
import { LockError } from '../../core/errors.ts';
import type { PlacedLock } from '../lockedFolders.ts';
import { chooseLocks } from './chooseLocks.ts';
import type { CommandContext } from './commandContext.ts';
import { releaseLocks } from './releaseLocks.ts';
import { nameLocks, nameWithAge } from './severalLocks.ts';

/** Gives back own locks: the ones chosen in the tree, those on the file chosen in the Explorer or being edited, or one of all. */
export async function release(context: CommandContext, clicked: unknown, selection: unknown): Promise<void> {
  const hint = vscode.l10n.t('To remove another holder’s lock, use Force Release in the Locks view.');
  const { locks, by } = await chooseLocks(context, clicked, selection, {
    isMeant: ({ lock }) => lock.mine,
    noneOn: (file) => vscode.l10n.t('This window holds no lock on {0}.', file),
    hint,
  });
  if (!locks) return;
  const mine = locks.filter(({ lock }) => lock.mine);
  if (mine.length === 0) {
    throw new LockError('not-yours', vscode.l10n.t('This window holds no lock there.'), hint);
  }
  if (by === 'row' && locks.length > 1 && !(await confirm(context, mine, locks.length - mine.length))) return;
  await releaseLocks(context, mine);
}

/** Behind a group stand more locks than one sees. */
function confirm(context: CommandContext, mine: readonly PlacedLock[], others: number): Promise<boolean> {
  const kept =
    others === 0
      ? []
      : [
          others === 1
            ? vscode.l10n.t('1 other of the selection is not yours and stays.')
            : vscode.l10n.t('{0} others of the selection are not yours and stay.', others),
        ];
  return context.dialogs().confirm({
    message:
      mine.length === 1 ? vscode.l10n.t('Release your lock?') : vscode.l10n.t('Release your {0} locks?', mine.length),
    detail: [nameLocks(mine, nameWithAge), ...kept].join('\n\n'),
    action: vscode.l10n.t('Release'),
  });
}
