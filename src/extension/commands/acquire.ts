import * as os from 'node:os';
import * as vscode from 'vscode';
import { escapeForDisplay } from '../../core/display.ts';
import { LockError } from '../../core/errors.ts';
import type { Scope } from '../../core/scope/entry.ts';
import { formatAge, verdictSentence } from '../../core/sentences.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import { commandIds, settingIds } from '../ids.ts';
import type { PlacedLock } from '../lockedFolders.ts';
import type { CommandContext } from './commandContext.ts';

/** Locks the files or folders that were chosen in the Explorer, else the file in the active editor; all as one lock. */
export async function acquire(context: CommandContext, clicked: unknown, selection: unknown): Promise<void> {
  const files = chosenFiles(clicked, selection);
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

/** Takes the lock, or tells who stands in the way. */
export async function acquireScope(
  context: CommandContext,
  manager: LockManager,
  scope: Scope,
  holder: string,
): Promise<void> {
  const blocking = await context.windowLocks.acquire(manager, scope, holder);
  if (blocking === undefined) return;
  await tellConflict(
    context,
    blocking.map((lock) => ({ lock, manager })),
  );
}

function chosenFiles(clicked: unknown, selection: unknown): readonly string[] {
  const uris = Array.isArray(selection)
    ? selection
    : clicked === undefined
      ? [vscode.window.activeTextEditor?.document.uri]
      : [clicked];
  return uris.flatMap((uri) => (uri instanceof vscode.Uri && uri.scheme === 'file' ? [uri.fsPath] : []));
}

function holderName(): string {
  const configured = vscode.workspace.getConfiguration(settingIds.section).get(settingIds.holderName, '').trim();
  return configured === '' ? os.userInfo().username : configured;
}

async function tellConflict(context: CommandContext, blocking: readonly PlacedLock[]): Promise<void> {
  const [first] = blocking;
  if (!first) return;
  const name = escapeForDisplay(first.lock.holder.name, 60);
  const message = first.lock.mine
    ? vscode.l10n.t('You have locked this already ({0}).', formatAge(first.lock, Date.now()))
    : vscode.l10n.t('Locked by {0} for {1}. {2}', name, formatAge(first.lock, Date.now()), verdictSentence(first.lock));
  const show = vscode.l10n.t('Show Lock');
  if ((await context.dialogs().warn(message, [show])) === show) {
    await vscode.commands.executeCommand(commandIds.showLocks);
  }
}
