import * as path from 'node:path';
import * as vscode from 'vscode';
import { LockError } from '../../core/errors.ts';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import { matchingFiles } from '../../manager/matchingFiles.ts';
import type { NodeOf } from '../views/treeNodes.ts';
import { isTreeNode, type CommandContext } from './commandContext.ts';

/** More than anybody chooses from. */
const mostFiles = 1_000;

/** A file in an editor, a directory in the Explorer; of a pattern, the file that is chosen among those that match now. */
export async function openScope(context: CommandContext, clicked: unknown): Promise<void> {
  if (clicked instanceof vscode.Uri) await open(clicked);
  else if (isTreeNode(clicked) && clicked.kind === 'entry') await openMatch(context, clicked);
}

async function open(uri: vscode.Uri): Promise<void> {
  const { type } = await vscode.workspace.fs.stat(uri).then(undefined, () => {
    throw new LockError(
      'not-found',
      vscode.l10n.t('{0} does not exist yet.', uri.fsPath),
      vscode.l10n.t('It is locked all the same: nobody else may make it.'),
    );
  });
  if (type & vscode.FileType.Directory) await vscode.commands.executeCommand('revealInExplorer', uri);
  else await vscode.window.showTextDocument(uri);
}

async function openMatch({ dialogs, folders }: CommandContext, { entry, of }: NodeOf<'entry'>): Promise<void> {
  if (entry.kind !== 'glob') return;
  const { manager } = of;
  const root = manager.root.path;
  const pattern = describeEntry(entry, root);
  const { files, complete } = await matchingFiles(entry, manager.caseRule, mostFiles);
  if (files.length === 0) {
    throw new LockError(
      'not-found',
      vscode.l10n.t('No file matches {0} now.', pattern),
      vscode.l10n.t('It is locked all the same: nobody else may make one.'),
    );
  }
  const items = files.map((file) => ({
    label: describeEntry({ kind: 'path', path: path.basename(file) }, root),
    description: describeEntry({ kind: 'path', path: file }, root),
    file,
  }));
  const title = complete
    ? vscode.l10n.t('Files that {0} locks', pattern)
    : vscode.l10n.t('The first {0} files that {1} locks', files.length, pattern);
  const picked = await dialogs().pickOne(items, title);
  if (picked) await open(vscode.Uri.file(folders.shown(picked.file)));
}
