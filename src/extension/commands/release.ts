import * as vscode from 'vscode';
import { LockError } from '../../core/errors.ts';
import { keyOf, type PlacedLock } from '../lockedFolders.ts';
import { selectedLocks, type CommandContext } from './commandContext.ts';
import { forEachLock, nameLocks, nameWithAge } from './severalLocks.ts';

/** What was chosen, and whether in the Explorer or an editor, where each file was pointed at by itself. */
interface Chosen {
  readonly locks: readonly PlacedLock[];
  readonly by: 'file' | 'row';
}

/** Gives back own locks: the ones chosen in the tree, or those on the file chosen in the Explorer or being edited. */
export async function release(context: CommandContext, clicked: unknown, selection: unknown): Promise<void> {
  const { locks, by } = chosen(context, clicked, selection);
  const mine = locks.filter(({ lock }) => lock.mine);
  if (mine.length === 0) {
    throw new LockError(
      'not-yours',
      vscode.l10n.t('This window holds no lock there.'),
      vscode.l10n.t('To remove another holder’s lock, use Force Release in the Locks view.'),
    );
  }
  if (by === 'row' && locks.length > 1 && !(await confirm(context, mine, locks.length - mine.length))) return;
  await forEachLock(context, mine, async ({ lock, manager }) => {
    await context.windowLocks.release(manager, lock.id);
    return undefined;
  });
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

function chosen(context: CommandContext, clicked: unknown, selection: unknown): Chosen {
  const uris = (Array.isArray(selection) ? selection : [clicked]).filter((item) => item instanceof vscode.Uri);
  if (uris.length > 0) return { locks: once(uris.flatMap((uri) => context.folders.covering(uri.fsPath))), by: 'file' };
  // From the palette: the file that the person is in comes before a row that was selected some time ago.
  const active = vscode.window.activeTextEditor?.document.uri;
  if (clicked === undefined && active?.scheme === 'file') {
    const here = context.folders.covering(active.fsPath).filter(({ lock }) => lock.mine);
    if (here.length > 0) return { locks: here, by: 'file' };
  }
  return { locks: selectedLocks(context, clicked, selection), by: 'row' };
}

function once(locks: readonly PlacedLock[]): readonly PlacedLock[] {
  return [...new Map(locks.map((placed) => [keyOf(placed), placed])).values()];
}
