import * as vscode from 'vscode';
import { LockError } from '../../core/errors.ts';
import type { PlacedLock } from '../lockedFolders.ts';
import { selectedLocks, type CommandContext } from './commandContext.ts';

/** Gives back own locks: the ones chosen in the tree, or those on the file chosen in the Explorer or being edited. */
export async function release(context: CommandContext, clicked: unknown, selection: unknown): Promise<void> {
  const mine = chosen(context, clicked, selection).filter(({ lock }) => lock.mine);
  if (mine.length === 0) {
    throw new LockError(
      'not-yours',
      vscode.l10n.t('This window holds no lock there.'),
      vscode.l10n.t('To remove another holder’s lock, use Force Release in the Locks view.'),
    );
  }
  for (const { lock, manager } of mine) await context.windowLocks.release(manager, lock.id);
}

function chosen(context: CommandContext, clicked: unknown, selection: unknown): readonly PlacedLock[] {
  const uris = (Array.isArray(selection) ? selection : [clicked]).filter((item) => item instanceof vscode.Uri);
  if (uris.length > 0) return once(uris.flatMap((uri) => context.folders.covering(uri.fsPath)));
  // From the palette: the file that the person is in comes before a row that was selected some time ago.
  const active = vscode.window.activeTextEditor?.document.uri;
  if (clicked === undefined && active?.scheme === 'file') {
    const here = context.folders.covering(active.fsPath).filter(({ lock }) => lock.mine);
    if (here.length > 0) return here;
  }
  return selectedLocks(context, clicked, selection);
}

function once(locks: readonly PlacedLock[]): readonly PlacedLock[] {
  return [...new Map(locks.map((placed) => [placed.lock.id, placed])).values()];
}
