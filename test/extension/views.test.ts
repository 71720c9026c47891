import * as assert from 'node:assert/strict';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import { PythonLoop } from './pythonLoop.ts';
import { extensionApi, folderPath, nodeOf, rows, until } from './window.ts';

describe('The views', () => {
  let api: ExtensionApi;
  let loop: PythonLoop;

  before(async () => {
    api = await extensionApi();
  });

  beforeEach(async () => {
    ({ loop } = await PythonLoop.start(folderPath(), 'watched-loop', 'src/api'));
    await until('a row', () => rows(api).some((row) => row.startsWith('watched-loop')));
  });

  afterEach(async () => {
    await loop.end();
    await until('no lock is left', () => api.folders.picture.locks.length === 0);
  });

  it('give a row its holder, scope, age and verdict, to a screen reader too, and a stable id', async () => {
    const before = api.tree.getTreeItem(nodeOf(api, 'watched-loop'));
    assert.match(
      before.accessibilityInformation?.label ?? '',
      /^watched-loop, src\/api, .+, live, held by watched-loop\. Held by a running process: process \d+ is alive\.$/,
    );
    await api.folders.refresh();
    assert.equal(api.tree.getTreeItem(nodeOf(api, 'watched-loop')).id, before.id);
  });

  it('show the lock card only when somebody points at a row', () => {
    const node = nodeOf(api, 'watched-loop');
    const item = api.tree.getTreeItem(node);
    assert.equal(item.tooltip, undefined);
    const { tooltip } = api.tree.resolveTreeItem(item, node);
    assert.ok(tooltip instanceof vscode.MarkdownString);
    for (const part of ['Holder', 'watched', 'Scope', 'Since', 'Process', 'Evidence', 'Protocol'])
      assert.ok(tooltip.value.includes(part), part);
  });

  it('copy the lock card and reveal the lock file', async () => {
    const node = nodeOf(api, 'watched-loop');
    await vscode.commands.executeCommand('workspaceLocks.copyLockCard', node);
    assert.match(
      await vscode.env.clipboard.readText(),
      /^Holder: watched-loop\nState: live\. Held by a running process/,
    );
    await vscode.commands.executeCommand('workspaceLocks.revealLockFile', node);
    const shown = vscode.window.activeTextEditor?.document;
    assert.match(shown?.uri.fsPath ?? '', /watched-loop-.*\.lock$/);
    assert.equal(shown?.getText(), await readFile(shown?.uri.fsPath ?? '', 'utf8'));
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('say why while the lock directory cannot be read', async () => {
    const running = path.join(folderPath(), '.loops/.running');
    await rename(running, `${running}-aside`);
    await writeFile(running, 'in the way');
    try {
      await until('a sentence', () => api.tree.view.message?.includes('.running') === true);
    } finally {
      await rm(running);
      await rename(`${running}-aside`, running);
    }
    await until('no sentence', () => api.tree.view.message === '');
    await until('a row', () => rows(api).some((row) => row.startsWith('watched-loop')));
  });

  it('diagnose the workspace in a document that needs no saving', async () => {
    await vscode.commands.executeCommand('workspaceLocks.diagnose');
    const document = vscode.window.activeTextEditor?.document;
    assert.match(document?.getText() ?? '', /^ok root: .+\n(.+\n)*ok locks: 1 live/);
    assert.equal(document?.isDirty, false);
    assert.equal(document.isUntitled, false);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('show the active file’s lock in the status bar', async () => {
    await vscode.window.showTextDocument(vscode.Uri.file(path.join(folderPath(), 'src/api/routes.ts')));
    await until('its holder', () => api.statusItem.item.text.includes('Locked by watched-loop'));
    await vscode.window.showTextDocument(vscode.Uri.file(path.join(folderPath(), 'docs/guide.md')));
    await until('the count', () => api.statusItem.item.text.includes('1 lock'));
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('survive that the lock directory is deleted and made again', async () => {
    await loop.end('SIGKILL');
    await rm(path.join(folderPath(), '.loops'), { recursive: true });
    await until('no row', () => rows(api).length === 0);
    ({ loop } = await PythonLoop.start(folderPath(), 'second-loop', 'docs'));
    await until('a row', () => rows(api).some((row) => row.startsWith('second-loop')));
  });
});
