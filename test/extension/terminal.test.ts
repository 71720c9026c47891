/** `wlock` in VS Code's own terminals. */
import * as assert from 'node:assert/strict';
import { readFile, rm, stat } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import { extensionApi, folderPath, screenshot, until } from './window.ts';

describe('A terminal of the window', () => {
  let api: ExtensionApi;
  const isOnPath = async (): Promise<boolean> => (await api.terminalCommand).isOnPath;
  let terminal: vscode.Terminal;
  const answerFile = (): string => path.join(folderPath(), 'answer');
  const setting = (value: boolean | undefined): Thenable<void> =>
    vscode.workspace
      .getConfiguration('workspaceLocks')
      .update('terminal.shim', value, vscode.ConfigurationTarget.Global);

  before(async () => {
    api = await extensionApi();
  });

  afterEach(async () => {
    const closed = new Promise((resolve) => vscode.window.onDidCloseTerminal(resolve));
    terminal.dispose();
    await closed;
    await setting(undefined);
    await rm(answerFile(), { force: true });
  });

  /** What the shell wrote, once it has written all of it. */
  const answerTo = async (command: string): Promise<string> => {
    terminal = vscode.window.createTerminal({ name: 'test', shellPath: '/bin/sh' });
    terminal.show();
    terminal.sendText(`${command} > answer.part; mv answer.part answer`);
    await until('the answer', () =>
      stat(answerFile()).then(
        () => true,
        () => false,
      ),
    );
    return await readFile(answerFile(), 'utf8');
  };

  it('has the extension’s wlock, which sees the window’s lock', async () => {
    const file = vscode.Uri.file(path.join(folderPath(), 'src/api/routes.ts'));
    await vscode.commands.executeCommand('workspaceLocks.acquire', file);
    await until('wlock on PATH', isOnPath);
    const { locks } = JSON.parse(await answerTo('wlock list --json')) as {
      locks: readonly { scope: readonly { path: string }[] }[];
    };
    assert.deepEqual(
      locks.flatMap(({ scope }) => scope.map((entry) => entry.path)),
      [file.fsPath],
    );
    terminal.sendText('clear; command -v wlock; wlock list; wlock check src/api/routes.ts');
    await screenshot('terminal');
    await vscode.commands.executeCommand('workspaceLocks.release', file);
  });

  it('has none where the setting says so', async () => {
    await setting(false);
    await until('no wlock on PATH', async () => !(await isOnPath()));
    assert.doesNotMatch(await answerTo('echo "$PATH"'), /globalStorage/);
    await setting(undefined);
    await until('wlock on PATH again', isOnPath);
  });
});
