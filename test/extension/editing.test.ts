/** At the moment of editing a file that somebody else has locked. */
import * as assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { rm, symlink, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import { extensionApi, folderPath, rows, until } from './window.ts';

describe('Editing a locked file', () => {
  let api: ExtensionApi;
  let warnings: { readonly message: string; readonly actions: readonly string[] }[];
  let answer: string | undefined;
  const started: ChildProcess[] = [];
  const routes = (): vscode.Uri => vscode.Uri.file(path.join(folderPath(), 'src/api/routes.ts'));

  before(async () => {
    api = await extensionApi();
  });

  beforeEach(() => {
    warnings = [];
    answer = undefined;
    api.answerWith({
      warn: (message, actions) => {
        warnings.push({ message, actions });
        return Promise.resolve(answer);
      },
    });
  });

  afterEach(async () => {
    for (const child of started.splice(0)) await end(child);
    await until('an empty tree', () => rows(api).length === 0);
    // Else what is still unsaved would be saved later, under the next test's lock.
    for (const document of vscode.workspace.textDocuments.filter(({ isDirty }) => isDirty)) {
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('workbench.action.files.revert');
    }
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    for (const name of ['onEdit', 'onSave']) {
      await vscode.workspace
        .getConfiguration('workspaceLocks')
        .update(name, undefined, vscode.ConfigurationTarget.Global);
    }
    api.answerWith({});
  });

  async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  async function lockedBy(holder: string, scope: string): Promise<ChildProcess> {
    const extension = vscode.extensions.getExtension('workspace-locks.workspace-locks');
    assert.ok(extension);
    const cli = path.join(extension.extensionPath, 'dist/cli.cjs');
    const words = ['run', '--path', scope, '--holder', holder, '--', 'sleep', '60'];
    const child = spawn(process.execPath, [cli, ...words], { cwd: folderPath(), stdio: 'ignore' });
    started.push(child);
    await until(`the lock of ${holder}`, () => rows(api).some((row) => row.includes(holder)));
    return child;
  }

  async function open(): Promise<vscode.TextEditor> {
    return await vscode.window.showTextDocument(routes());
  }

  async function type(editor: vscode.TextEditor, text: string): Promise<boolean> {
    return await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), text));
  }

  const setting = (name: string, value: string): Thenable<void> =>
    vscode.workspace.getConfiguration('workspaceLocks').update(name, value, vscode.ConfigurationTarget.Global);

  it('warns at the first keystroke, once, with who has it and what to do', async () => {
    await lockedBy('nightly-loop', 'src/api');
    const editor = await open();
    await type(editor, 'a');
    await type(editor, 'b');
    await until('a warning', () => warnings.length > 0);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0]?.message ?? '',
      /^src\/api\/routes\.ts is locked by nightly-loop for .+\. Held by a running process/,
    );
    assert.deepEqual(warnings[0]?.actions, ['Wait', 'Show', 'Edit Anyway', "Don't Warn Again"]);
    await editor.document.save();
    assert.equal(warnings.length, 1, 'nor at the save, as it has been said');
  });

  it('warns again of another lock on the same file', async () => {
    const first = await lockedBy('nightly-loop', 'src/api');
    const editor = await open();
    await type(editor, 'a');
    await end(first);
    await until('its end', () => rows(api).length === 0);
    await lockedBy('weekly-loop', 'src');
    await type(editor, 'b');
    await until('a second warning', () => warnings.length === 2);
    assert.match(warnings[1]?.message ?? '', /weekly-loop/);
  });

  it('says nothing of one’s own lock, of a change on disk, or where nothing is locked', async () => {
    const editor = await open();
    await type(editor, 'a');
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workspaceLocks.acquire', routes());
    await type(editor, 'b');
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workspaceLocks.release', routes());
    await lockedBy('nightly-loop', 'src/api');
    await writeFile(routes().fsPath, 'rewritten by the loop\n');
    await until('the new text', () => editor.document.getText().startsWith('rewritten'));
    assert.deepEqual(warnings, []);
  });

  it('warns of a lock on the whole workspace once, not once a file', async () => {
    await lockedBy('greedy-loop', '.');
    await type(await open(), 'a');
    await until('a warning', () => warnings.length === 1);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    const other = await vscode.window.showTextDocument(vscode.Uri.file(path.join(folderPath(), 'docs/guide.md')));
    await type(other, 'a');
    assert.equal(warnings.length, 1);
  });

  it('warns at the save where the lock came after the first keystroke', async () => {
    await setting('onEdit', 'off');
    const editor = await open();
    await type(editor, 'a');
    await lockedBy('nightly-loop', 'src/api');
    await editor.document.save();
    await until('a warning', () => warnings.length === 1);
    assert.match(
      warnings[0]?.message ?? '',
      /^You have saved src\/api\/routes\.ts, which is locked by nightly-loop for /,
    );
    assert.deepEqual(warnings[0]?.actions, ['OK', 'Wait', 'Show', "Don't Warn Again"]);
  });

  it('warns no more where the person said so, though the workspace has its own setting', async () => {
    const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('workspaceLocks');
    await settings().update('onEdit', 'warn', vscode.ConfigurationTarget.Workspace);
    try {
      await lockedBy('nightly-loop', 'src/api');
      answer = "Don't Warn Again";
      const editor = await open();
      await type(editor, 'a');
      await until('both are off', () => settings().get('onEdit') === 'off' && settings().get('onSave') === 'off');
      assert.equal(settings().inspect('onEdit')?.workspaceValue, 'off');
      const otherFile = path.join(folderPath(), 'src/api/other.ts');
      await writeFile(otherFile, '');
      const other = await vscode.window.showTextDocument(vscode.Uri.file(otherFile));
      await type(other, 'a');
      await other.document.save();
      assert.equal(warnings.length, 1);
    } finally {
      await settings().update('onEdit', undefined, vscode.ConfigurationTarget.Workspace);
    }
  });

  it('warns in a file that was opened through a symbolic link', async () => {
    const link = path.join(folderPath(), 'link');
    await symlink('src', link);
    try {
      await lockedBy('nightly-loop', 'src/api');
      const editor = await vscode.window.showTextDocument(vscode.Uri.file(path.join(link, 'api/routes.ts')));
      await until('the status bar', () => api.statusItem.item.text.includes('Locked by nightly-loop'));
      await type(editor, 'a');
      await until('a warning', () => warnings.length === 1);
      assert.match(warnings[0]?.message ?? '', /^link\/api\/routes\.ts is locked by nightly-loop/);
    } finally {
      await rm(link);
    }
  });

  it('shows the lock on request', async () => {
    await lockedBy('nightly-loop', 'src/api');
    answer = 'Show';
    await type(await open(), 'a');
    await until('the selected row', () => {
      const [row] = api.tree.view.selection;
      return row?.kind === 'lock' && row.placed.lock.holder.name === 'nightly-loop';
    });
  });

  it('warns in a notebook too, at the first change and in the status bar', async () => {
    const file = vscode.Uri.file(path.join(folderPath(), 'src/api/analysis.ipynb'));
    const empty = { cells: [{ cell_type: 'code', source: ['1'], metadata: {}, outputs: [], execution_count: null }] };
    await writeFile(file.fsPath, JSON.stringify({ ...empty, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
    await lockedBy('nightly-loop', 'src/api');
    const notebook = await vscode.workspace.openNotebookDocument(file);
    await vscode.window.showNotebookDocument(notebook);
    await until('the status bar', () => api.statusItem.item.text.includes('Locked by nightly-loop'));
    const edit = new vscode.WorkspaceEdit();
    edit.insert(notebook.cellAt(0).document.uri, new vscode.Position(0, 0), '2');
    await vscode.workspace.applyEdit(edit);
    await until('a warning', () => warnings.length === 1);
    assert.match(warnings[0]?.message ?? '', /^src\/api\/analysis\.ipynb is locked by nightly-loop/);
    await vscode.commands.executeCommand('workspaceLocks.acquire');
    assert.match(warnings[1]?.message ?? '', /^Locked by nightly-loop/);
    await notebook.save();
  });

  it('waits on request, and then has the lock', async () => {
    const holder = await lockedBy('nightly-loop', 'src/api');
    answer = 'Wait';
    await type(await open(), 'a');
    await until('it waits', () => api.folders.picture.waiters.length === 1);
    await end(holder);
    await until('its own lock', () => api.folders.picture.locks.some(({ lock }) => lock.mine));
    await vscode.commands.executeCommand('workspaceLocks.release', routes());
  });

  it('can be made impossible until the lock is gone', async () => {
    await setting('onEdit', 'readonly');
    const holder = await lockedBy('nightly-loop', 'src/api');
    const editor = await open();
    const canType = async (): Promise<boolean> => {
      await vscode.commands.executeCommand('type', { text: 'x' });
      return editor.document.isDirty;
    };
    await until('it is told', () => warnings.length === 1);
    assert.equal(await canType(), false);
    await end(holder);
    await until('it can be written in again', canType);
    assert.match(
      warnings[0]?.message ?? '',
      /^src\/api\/routes\.ts is read-only here: it is locked by nightly-loop for /,
    );
    assert.deepEqual(warnings[0]?.actions, ['Wait', 'Show', 'Edit Anyway']);
  });

  it('can be written in all the same by who says so', async () => {
    await setting('onEdit', 'readonly');
    answer = 'Edit Anyway';
    await lockedBy('nightly-loop', 'src/api');
    const editor = await open();
    await until('it is told', () => warnings.length === 1);
    await until('it can be written in', async () => {
      await vscode.commands.executeCommand('type', { text: 'x' });
      return editor.document.isDirty;
    });
    assert.equal(warnings.length, 1, 'he knows');
  });

  it('makes no file read-only that nobody has locked, however fast the tabs change, nor in a diff', async () => {
    await setting('onEdit', 'readonly');
    const guide = vscode.Uri.file(path.join(folderPath(), 'docs/guide.md'));
    const holder = await lockedBy('nightly-loop', 'src/api');
    await vscode.window.showTextDocument(guide, { preview: false });
    await vscode.window.showTextDocument(routes(), { preview: false });
    for (let i = 0; i < 31; i++) await vscode.commands.executeCommand('workbench.action.nextEditor');
    await vscode.commands.executeCommand('vscode.diff', guide, routes());
    await until(
      'the diff',
      () => vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff,
    );
    await end(holder);
    await until('its end', () => rows(api).length === 0);
    for (const uri of [guide, routes()]) {
      const editor = await vscode.window.showTextDocument(uri, { preview: false });
      await until(`${uri.path} can be written in`, async () => {
        await vscode.commands.executeCommand('type', { text: 'x' });
        return editor.document.isDirty;
      });
      await vscode.commands.executeCommand('workbench.action.files.revert');
    }
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});
