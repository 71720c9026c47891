/** A lock on whatever the person chooses or types, with a reason and a time. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { readDuration } from '../../core/duration.ts';
import { describeScope } from '../../core/sentences.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import { activeFile } from '../fileOf.ts';
import { acquireScope, chosenFiles } from './acquire.ts';
import type { CommandContext } from './commandContext.ts';
import { holderName } from './holderName.ts';
import { pickManager } from './pickManager.ts';
import { pickScope, type Suggestion } from './pickScope.ts';
import { showLock } from './showLock.ts';

/** The files or folders that were chosen in the Explorer come first among what is suggested. */
export async function acquireWithSight(context: CommandContext, clicked: unknown, selection: unknown): Promise<void> {
  await context.folders.ready();
  const files = clicked instanceof vscode.Uri ? chosenFiles(clicked, selection) : [];
  const [file = activeFile()] = files;
  const manager = (file === undefined ? undefined : context.folders.managerOf(file)) ?? (await pickManager(context));
  if (!manager) return;
  await manager.refresh();
  const picked = await pickScope(manager, suggestionsFor(context, manager, files));
  if (!picked) return;
  if (picked.kind === 'lock') return await showLock(context, { lock: picked.lock, manager });
  const { scope } = picked;
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

function suggestionsFor(
  { folders }: CommandContext,
  manager: LockManager,
  chosen: readonly string[],
): readonly Suggestion[] {
  const suggest = (label: string, files: readonly string[]): Suggestion => ({
    label,
    parts: files.map((text) => ({ as: 'path', text })),
  });
  const active = activeFile();
  const inside = active !== undefined && folders.managerOf(active) === manager ? active : undefined;
  const root = manager.root.path;
  const folder = inside === undefined ? root : path.dirname(inside);
  return [
    ...(chosen.length === 0 ? [] : [suggest(vscode.l10n.t('$(list-selection) What is selected'), chosen)]),
    ...(inside === undefined ? [] : [suggest(vscode.l10n.t('$(file) The active file'), [inside])]),
    ...(folder === root ? [] : [suggest(vscode.l10n.t('$(folder) Its folder'), [folder])]),
    suggest(vscode.l10n.t('$(root-folder) The whole workspace'), [root]),
  ];
}
