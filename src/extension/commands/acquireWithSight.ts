/** A lock on whatever the person chooses or types, with a reason and a time. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { readDuration } from '../../core/duration.ts';
import { describeScope } from '../../core/sentences.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import { acquireScope } from './acquire.ts';
import type { CommandContext } from './commandContext.ts';
import { holderName } from './holderName.ts';
import { pickManager } from './pickManager.ts';
import { pickScope, type Suggestion } from './pickScope.ts';

export async function acquireWithSight(context: CommandContext): Promise<void> {
  await context.folders.ready();
  const file = activeFile();
  const manager = (file === undefined ? undefined : context.folders.managerOf(file)) ?? (await pickManager(context));
  if (!manager) return;
  await manager.refresh();
  const scope = await pickScope(manager, suggestionsFor(manager, file));
  if (!scope) return;
  const what = describeScope(scope, manager.root.path);
  const reason = await context.dialogs().input({
    title: vscode.l10n.t('Why do you lock {0}?', what),
    placeholder: vscode.l10n.t('For others to read; may be empty'),
  });
  if (reason === undefined) return;
  const time = await context.dialogs().input({
    title: vscode.l10n.t('For how long?'),
    placeholder: vscode.l10n.t('Such as 30m or 2h; empty: until you release it'),
    problem: (text) =>
      text === '' || typeof readDuration(text) === 'number'
        ? undefined
        : vscode.l10n.t('Write a time such as 30m or 2h.'),
  });
  if (time === undefined) return;
  const ttlMs = readDuration(time);
  await acquireScope(context, manager, scope, holderName(), {
    ...(reason === '' ? {} : { reason }),
    ...(typeof ttlMs === 'number' ? { ttlMs } : {}),
  });
}

function activeFile(): string | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri?.scheme === 'file' ? uri.fsPath : undefined;
}

function suggestionsFor({ root }: LockManager, file: string | undefined): readonly Suggestion[] {
  if (file === undefined) return [];
  const folder = path.dirname(file);
  return [
    { label: vscode.l10n.t('$(file) The active file'), parts: [{ as: 'path', text: file }] },
    ...(folder === root.path
      ? []
      : [{ label: vscode.l10n.t('$(folder) Its folder'), parts: [{ as: 'path', text: folder } as const] }]),
  ];
}
