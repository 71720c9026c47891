import * as vscode from 'vscode';
import { LockError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope/entry.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import type { Conflict } from '../../protocols/protocol.ts';
import { activeFile } from '../fileOf.ts';
import type { Terms } from '../windowLocks.ts';
import type { CommandContext } from './commandContext.ts';
import { conflictSentence } from './conflictSentence.ts';
import { holderName } from './holderName.ts';
import { isOurs, tellOwn } from './ownConflict.ts';
import { showLock } from './showLock.ts';
import { waitForScope } from './waitForScope.ts';

/** Locks the files or folders that were chosen in the Explorer, else the file in the active editor; all as one lock. */
export async function acquire(context: CommandContext, clicked: unknown, selection: unknown): Promise<void> {
  const active = activeFile();
  const files = clicked === undefined && active !== undefined ? [active] : chosenFiles(clicked, selection);
  const [first] = files;
  if (first === undefined) {
    throw new LockError(
      'usage',
      vscode.l10n.t('There is no file to lock.'),
      vscode.l10n.t('Open a file of the workspace, or choose one in the Explorer.'),
    );
  }
  await context.folders.ready();
  const manager = context.folders.managerOf(first);
  if (!manager) {
    throw new LockError(
      'outside-root',
      vscode.l10n.t('{0} lies outside of the workspace.', first),
      vscode.l10n.t('Only files of the workspace can be locked.'),
    );
  }
  await acquireScope(context, manager, manager.readScope(files.map((text) => ({ as: 'path', text }))), holderName());
}

/** Takes the lock, or tells who stands in the way and offers to wait for it. */
export async function acquireScope(
  context: CommandContext,
  manager: LockManager,
  scope: Scope,
  holder: string,
  terms: Terms = {},
): Promise<void> {
  const outcome = await context.windowLocks.acquire(manager, scope, holder, terms);
  if (outcome.kind === 'conflict' && (await tellConflict(context, manager, outcome))) {
    await waitForScope(context, manager, scope, holder, terms);
  }
}

/** Of the Explorer, or of an editor's tab. */
export function chosenFiles(clicked: unknown, selection: unknown): readonly string[] {
  const uris = Array.isArray(selection) ? selection : [clicked];
  return uris.flatMap((uri) => (uri instanceof vscode.Uri && uri.scheme === 'file' ? [uri.fsPath] : []));
}

/** True where the person wants to wait. */
async function tellConflict(context: CommandContext, manager: LockManager, conflict: Conflict): Promise<boolean> {
  if (isOurs(conflict)) {
    await tellOwn(context, manager, conflict);
    return false;
  }
  const [lock] = conflict.locks;
  const wait = vscode.l10n.t('Wait');
  const show = vscode.l10n.t('Show Lock');
  const answer = await context.dialogs().warn(conflictSentence(conflict, manager.root.path), [wait, show]);
  if (answer === show && lock) await showLock(context, { lock, manager });
  return answer === wait;
}
