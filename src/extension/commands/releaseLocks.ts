import * as vscode from 'vscode';
import type { PlacedLock } from '../lockedFolders.ts';
import type { CommandContext } from './commandContext.ts';
import { forEachLock, nameScopes } from './severalLocks.ts';

const messageMs = 5_000;

/** Gives back own locks, and names them: which one a command meant is not always where one looks. */
export async function releaseLocks(context: CommandContext, locks: readonly PlacedLock[]): Promise<void> {
  const released: PlacedLock[] = [];
  await forEachLock(context, locks, async (placed) => {
    await context.windowLocks.release(placed.manager, placed.lock.id);
    released.push(placed);
    return undefined;
  });
  if (released.length === 0) return;
  vscode.window.setStatusBarMessage(vscode.l10n.t('Released {0}.', nameScopes(released)), messageMs);
}
