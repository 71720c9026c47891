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
  const uri = clicked instanceof vscode.Uri ? clicked : undefined;
  if (uri) return context.folders.covering(uri.fsPath);
  const selected = selectedLocks(context, clicked, selection);
  if (selected.length > 0) return selected;
  const active = vscode.window.activeTextEditor?.document.uri;
  return active?.scheme === 'file' ? context.folders.covering(active.fsPath) : [];
}
