import * as path from 'node:path';
import * as vscode from 'vscode';
import { configurationName } from '../../manager/configuration/configuration.ts';
import { activeFile } from '../fileOf.ts';
import type { CommandContext } from './commandContext.ts';
import { pickManager } from './pickManager.ts';

/** `.wlock.json` of the folder; where there is none, a new document that becomes one when it is saved. */
export async function openConfiguration(context: CommandContext): Promise<void> {
  await context.folders.ready();
  const active = activeFile();
  const here = active === undefined ? undefined : context.folders.managerOf(active);
  const manager = here ?? (await pickManager(context));
  if (!manager) return;
  const file = vscode.Uri.file(context.folders.shown(path.join(manager.root.path, configurationName)));
  const exists = await vscode.workspace.fs.stat(file).then(
    () => true,
    () => false, // what else is wrong with it, opening it below says
  );
  if (exists) await vscode.window.showTextDocument(file);
  else await offerNew(file);
}

/** Its name makes it complete and check what is typed, by the schema in package.json. */
async function offerNew(file: vscode.Uri): Promise<void> {
  const document = await vscode.workspace.openTextDocument(file.with({ scheme: 'untitled' }));
  const editor = await vscode.window.showTextDocument(document);
  if (document.getText() === '') {
    await editor.insertSnippet(new vscode.SnippetString('{\n\t$0\n}\n'), new vscode.Position(0, 0));
  }
}
