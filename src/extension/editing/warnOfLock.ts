/** What is said at the moment of editing, and what the person wants done about it: loaded when it is first said. */
import * as vscode from 'vscode';
import { formatAge, nameOf, verdictSentence } from '../../core/sentences.ts';
import type { CommandContext } from '../commands/commandContext.ts';
import { holderName } from '../commands/holderName.ts';
import { showLock } from '../commands/showLock.ts';
import { waitForScope } from '../commands/waitForScope.ts';
import { settingIds } from '../ids.ts';
import type { PlacedLock } from '../lockedFolders.ts';

/** `open`: its editor has been made read-only. `save`: it is written already, and nothing can be taken back. */
export type Occasion = 'open' | 'edit' | 'save';

/** @returns whether the person writes in spite of the lock, where he is kept from it */
export async function warnOfLock(
  context: CommandContext,
  uri: vscode.Uri,
  placed: PlacedLock,
  occasion: Occasion,
): Promise<'anyway' | 'obeys'> {
  const wait = vscode.l10n.t('Wait');
  const show = vscode.l10n.t('Show');
  const editAnyway = vscode.l10n.t('Edit Anyway');
  const never = vscode.l10n.t("Don't Warn Again");
  const actions = {
    open: [wait, show, editAnyway],
    edit: [wait, show, editAnyway, never],
    save: [vscode.l10n.t('OK'), wait, show, never],
  }[occasion];
  const answer = await context.dialogs().warn(sentenceFor(uri, placed, occasion), actions);
  if (answer === show) await showLock(context, placed);
  if (answer === never) await turnOff(uri);
  if (answer === wait) {
    const { manager } = placed;
    const scope = manager.readScope([{ as: 'path', text: uri.fsPath }]);
    await waitForScope(context, manager, scope, holderName());
  }
  return answer === editAnyway ? 'anyway' : 'obeys';
}

function sentenceFor(uri: vscode.Uri, { lock }: PlacedLock, occasion: Occasion): string {
  const file = vscode.workspace.asRelativePath(uri);
  const age = formatAge(lock, Date.now());
  const name = nameOf(lock);
  const evidence = verdictSentence(lock);
  switch (occasion) {
    case 'open':
      return vscode.l10n.t('{0} is read-only here: it is locked by {1} for {2}. {3}', file, name, age, evidence);
    case 'edit':
      return vscode.l10n.t('{0} is locked by {1} for {2}. {3}', file, name, age, evidence);
    case 'save':
      return vscode.l10n.t('You have saved {0}, which is locked by {1} for {2}. {3}', file, name, age, evidence);
  }
}

/** Both warnings, each at the level that is in effect: one above it would change nothing. */
async function turnOff(uri: vscode.Uri): Promise<void> {
  const settings = vscode.workspace.getConfiguration(settingIds.section, uri);
  for (const name of [settingIds.onEdit, settingIds.onSave]) {
    const levels = settings.inspect(name);
    const { WorkspaceFolder, Workspace, Global } = vscode.ConfigurationTarget;
    const inWorkspace = levels?.workspaceValue === undefined ? Global : Workspace;
    await settings.update(name, 'off', levels?.workspaceFolderValue === undefined ? inWorkspace : WorkspaceFolder);
  }
}
