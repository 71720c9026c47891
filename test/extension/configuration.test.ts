import * as assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { extensionApi, folderPath, until } from './window.ts';

describe('The configuration file in the editor', () => {
  let file: vscode.Uri;

  before(async () => {
    await extensionApi();
    file = vscode.Uri.file(path.join(folderPath(), '.wlock.json'));
  });

  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await rm(file.fsPath, { force: true });
  });

  const open = async (text: string): Promise<vscode.TextDocument> => {
    await writeFile(file.fsPath, text);
    const document = await vscode.workspace.openTextDocument(file);
    await vscode.window.showTextDocument(document);
    return document;
  };
  const problems = (): readonly string[] => vscode.languages.getDiagnostics(file).map(({ message }) => message);
  const offered = async (document: vscode.TextDocument, marker: string): Promise<vscode.CompletionItem[]> => {
    const position = document.positionAt(document.getText().indexOf(marker) + marker.length);
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      file,
      position,
    );
    return list.items;
  };

  it('is JSON without comments, and gets a mark at an unknown key, a wrong type and a path that is not relative', async () => {
    const document = await open('{\n  "lopsDir": "work",\n  "loopsDir": 5\n}\n');
    assert.equal(document.languageId, 'json');
    await until('both marks', () => problems().length === 2);
    assert.match(problems().join('\n'), /Property lopsDir is not allowed/);
    assert.match(problems().join('\n'), /Incorrect type\. Expected "string"/);

    const editor = vscode.window.activeTextEditor;
    const everything = new vscode.Range(0, 0, document.lineCount, 0);
    await editor?.edit((edit) => edit.replace(everything, '{ "loopsDir": "/absolute" }'));
    await until('the sentence', () => /^A path relative to the workspace root/.test(problems().join('\n')));

    await editor?.edit((edit) => edit.replace(new vscode.Range(0, 0, document.lineCount, 0), '// why\n{}'));
    await until('no comments', () => problems().some((message) => message.includes('Comments are not permitted')));

    await editor?.edit((edit) => edit.replace(new vscode.Range(0, 0, document.lineCount, 0), '{ "loopsDir": "work" }'));
    await until('no mark', () => problems().length === 0);
  });

  it('completes its keys with what they mean', async () => {
    const document = await open('{\n  "\n}\n');
    let item: vscode.CompletionItem | undefined;
    await until('loopsDir', async () => {
      item = (await offered(document, '"')).find(({ label }) => label === 'loopsDir');
      return item !== undefined;
    });
    const { documentation } = item ?? {};
    const text = typeof documentation === 'string' ? documentation : documentation?.value;
    assert.match(text ?? '', /^Where the loops are kept, relative to the workspace root/);
  });
});
