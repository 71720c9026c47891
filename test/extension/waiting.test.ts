/** Who waits for what, in the tree; and waiting in the window. */
import * as assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import { childRows, extensionApi, folderPath, nodeOf, rows, rowText, screenshot, until } from './window.ts';

describe('Waiting', () => {
  let api: ExtensionApi;
  const started: ChildProcess[] = [];

  before(async () => {
    api = await extensionApi();
  });

  afterEach(async () => {
    for (const child of started.splice(0)) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await ended;
    }
    await until(
      () => `an empty tree, not ${rows(api).join(' | ')}`,
      () => rows(api).length === 0,
    );
  });

  /** `wlock run`, as somebody else does in a terminal. */
  const run = (...words: readonly string[]): ChildProcess => {
    const extension = vscode.extensions.getExtension('workspace-locks.workspace-locks');
    assert.ok(extension);
    const cli = path.join(extension.extensionPath, 'dist/cli.cjs');
    const child = spawn(process.execPath, [cli, 'run', ...words], { cwd: folderPath(), stdio: 'ignore' });
    started.push(child);
    return child;
  };
  const shown = (text: string): boolean => rows(api).some((row) => row.includes(text));

  it('shows a shared lock on a glob with its files, its reason, its token, and who waits for it', async () => {
    run('--shared', '--glob', 'src/**/*.ts', '--holder', 'reader', '--reason', 'counting lines', '--', 'sleep', '60');
    await until('the lock', () => shown('reader'));
    run('--wait', '--path', 'src/api', '--holder', 'writer', '--', 'true');
    await until('one waiting', () => shown('1 waiting'));
    const row = rows(api).find((text) => text.startsWith('reader'));
    assert.match(row ?? '', /src\/\*\*\/\*\.ts · .+ · shared · 1 waiting/);
    const node = nodeOf(api, 'reader');
    const children = await childRows(api, node);
    assert.ok(
      children.some((text) => text.startsWith('writer waits src/api')),
      children.join('\n'),
    );
    assert.ok(children.includes('counting lines'));
    assert.ok(children.some((text) => /^Token loops:\d+$/.test(text)));
    const [entry] = await api.tree.getChildren(node);
    assert.ok(entry);
    const files = (await api.tree.getChildren(entry)).map((child) => rowText(api.tree.getTreeItem(child)));
    assert.ok(files.includes('src/api/routes.ts'), files.join('\n'));
    assert.ok(!files.includes('docs/guide.md'));
    await vscode.commands.executeCommand('workspaceLocks.showLocks');
    await screenshot('waiting');
  });

  it('shows a deadlock on top, with its members', async () => {
    const cli = path.join(
      vscode.extensions.getExtension('workspace-locks.workspace-locks')?.extensionPath ?? '',
      'dist/cli.cjs',
    );
    // Each waits for the other's only once both have their own.
    const go = path.join(folderPath(), 'both-locked');
    const script = 'until [ -e "$0" ]; do sleep 0.02; done; exec "$@"';
    const inner = (scope: string): readonly string[] => [
      ...['sh', '-c', script, go, process.execPath, cli, 'run', '--wait', '--path', scope],
    ];
    run('--path', 'src', '--holder', 'left', '--', ...inner('docs'), '--holder', 'left part', '--', 'true');
    run('--path', 'docs', '--holder', 'right', '--', ...inner('src'), '--holder', 'right part', '--', 'true');
    await until('both locks', () => shown('left') && shown('right'));
    await writeFile(go, '');
    await until('a deadlock', () => rows(api)[0]?.startsWith('Deadlock') === true);
    const members = await childRows(api, nodeOf(api, 'Deadlock'));
    assert.deepEqual(members.map((text) => text.split(' waits')[0]).sort(), ['left part', 'right part']);
    assert.equal(api.tree.view.badge?.tooltip, 'Deadlock: holders wait for each other in a circle');
    assert.equal(api.statusItem.item.text, '$(warning) Deadlock');
    await screenshot('deadlock');
    await rm(go);
  });

  it('waits for a lock on request, and has it as soon as it is free', async () => {
    const other = run('--path', 'docs/guide.md', '--holder', 'somebody', '--', 'sleep', '60');
    await until('the lock', () => shown('somebody'));
    const said: string[] = [];
    api.answerWith({
      warn: (message, [wait]) => {
        said.push(message);
        return Promise.resolve(wait);
      },
    });
    const done = vscode.commands.executeCommand(
      'workspaceLocks.acquire',
      vscode.Uri.file(path.join(folderPath(), 'docs/guide.md')),
    );
    await until('ourselves in the queue', () => shown('1 waiting'));
    other.kill('SIGTERM');
    await done;
    assert.match(said[0] ?? '', /^Locked by somebody for .+ Held by a running process/);
    const own = api.folders.picture.locks.find(({ lock }) => lock.mine);
    assert.ok(own);
    await api.windowLocks.release(own.manager, own.lock.id);
    api.answerWith({});
  });
});
