import * as path from 'node:path';
import * as vscode from 'vscode';
import { LockError } from '../../core/errors.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import type { CommandContext } from './commandContext.ts';

/** The only root, or the one that the person chooses; undefined where he thinks better of it. */
export async function pickManager({ folders, dialogs }: CommandContext): Promise<LockManager | undefined> {
  const { managers } = folders;
  const [first, ...others] = managers;
  if (!first) {
    throw new LockError(
      'outside-root',
      vscode.l10n.t('No folder is open.'),
      vscode.l10n.t('Open the folder whose files you want to lock.'),
    );
  }
  if (others.length === 0) return first;
  const items = managers.map((manager) => ({
    label: path.basename(manager.root.path),
    description: manager.root.path,
    manager,
  }));
  return (await dialogs().pickOne(items, vscode.l10n.t('In which folder?')))?.manager;
}
