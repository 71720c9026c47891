import * as assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import { PythonLoop } from './pythonLoop.ts';
import { badgeOf, extensionApi, folderPath, nodeOf, printLatency, rows, screenshot, until } from './window.ts';

const run = promisify(execFile);

/** Dismisses every warning from now on, and keeps what it said. */
function collectWarnings(api: ExtensionApi): readonly string[] {
  const warnings: string[] = [];
  api.answerWith({
    warn: (message) => {
      warnings.push(message);
      return Promise.resolve(undefined);
    },
  });
  return warnings;
}

describe('A lock that is taken in VS Code', () => {
  let api: ExtensionApi;
  let file: vscode.Uri;

  before(async () => {
    api = await extensionApi();
    file = vscode.Uri.file(path.join(folderPath(), 'src/api/routes.ts'));
  });

  afterEach(async () => {
    for (const { lock, manager } of api.folders.picture.locks.filter(({ lock }) => lock.mine)) {
      await api.windowLocks.release(manager, lock.id);
    }
    await until('no lock is left', () => api.folders.picture.locks.length === 0);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const lockActiveFile = async (): Promise<void> => {
    await vscode.window.showTextDocument(file);
    await vscode.commands.executeCommand('workspaceLocks.acquire');
    assert.deepEqual(
      rows(api).map((row) => row.includes('src/api/routes.ts')),
      [true],
    );
  };

  it('stops a Python loop that the extension host itself has started', async () => {
    await lockActiveFile();
    const refused = await PythonLoop.start(folderPath(), 'child-loop', 'src/api');
    assert.equal(refused.first.event, 'conflict', 'the recorded pid is no ancestor of what the window starts');
    const elsewhere = await PythonLoop.start(folderPath(), 'other-loop', 'docs');
    assert.equal(elsewhere.first.event, 'acquired');
    await elsewhere.loop.end();
    await screenshot('own-lock');
  });

  it('is marked as mine, and given back by Release', async () => {
    await lockActiveFile();
    assert.match(badgeOf(api, file.fsPath)?.tooltip ?? '', /^Locked by you, /);
    assert.match(api.statusItem.item.text, /Locked by you/);
    assert.equal(api.tree.getTreeItem(nodeOf(api, 'src/api/routes.ts')).contextValue, 'lock.mine');
    assert.equal(api.tree.view.badge, undefined, 'one’s own lock concerns nobody');

    await vscode.commands.executeCommand('workspaceLocks.release');
    assert.deepEqual(rows(api), []);
    const allowed = await PythonLoop.start(folderPath(), 'next-loop', 'src/api');
    assert.equal(allowed.first.event, 'acquired');
    await allowed.loop.end();
  });

  it('can cover several files and folders of the Explorer at once', async () => {
    const docs = vscode.Uri.file(path.join(folderPath(), 'docs'));
    await vscode.commands.executeCommand('workspaceLocks.acquire', docs, [docs, file]);
    const [placed] = api.folders.picture.locks;
    assert.deepEqual(
      placed?.lock.scope.map((entry) => entry.kind === 'path' && entry.path),
      [docs.fsPath, file.fsPath],
    );
  });

  it('is given back together with the others that are selected in the Explorer', async () => {
    const docs = vscode.Uri.file(path.join(folderPath(), 'docs'));
    for (const uri of [docs, file]) await vscode.commands.executeCommand('workspaceLocks.acquire', uri, [uri]);
    assert.equal(rows(api).length, 2);
    await vscode.commands.executeCommand('workspaceLocks.release', docs, [docs, file]);
    assert.deepEqual(rows(api), []);
  });

  it('is refused with holder and reason where somebody else was first', async () => {
    const { loop } = await PythonLoop.start(folderPath(), 'first-loop', 'src');
    const warnings = collectWarnings(api);
    await vscode.window.showTextDocument(file);
    await vscode.commands.executeCommand('workspaceLocks.acquire');
    assert.match(warnings.join(), /^Locked by first-loop for .+\. Held by a running process: process \d+ is alive\.$/);
    await loop.end();
  });

  it('is seen by the command line, which exits with 3 in the same shell', async () => {
    await lockActiveFile();
    const cli = process.env['WLOCK_CLI'];
    assert.ok(cli, 'the runner names the command line in WLOCK_CLI');
    const failure = await run(process.execPath, [
      cli,
      '--root',
      folderPath(),
      'acquire',
      '--path',
      file.fsPath,
      '--ttl',
      '1m',
    ]).then(
      () => assert.fail('it must be refused'),
      (error: unknown) => error as { code: number; stderr: string },
    );
    assert.equal(failure.code, 3);
    assert.match(failure.stderr, /src\/api\/routes\.ts: .+, for /);
  });

  it('is reported as lost when its keeper is killed', async () => {
    await lockActiveFile();
    const warnings = collectWarnings(api);
    const pid = api.folders.picture.locks[0]?.lock.holder.pid;
    assert.ok(pid !== undefined && pid !== process.pid);
    process.kill(pid, 'SIGKILL');
    await until('a warning', () => warnings.length > 0);
    assert.equal(
      warnings.join(),
      `Your lock on src/api/routes.ts was lost: the keeper process ${pid} that held it has died.`,
    );
    await until('a stale row', () => rows(api).some((row) => row.includes('stale')));
    api.answerWith({ pickMany: (items) => Promise.resolve(items) });
    await vscode.commands.executeCommand('workspaceLocks.reap');
  });

  it('is reported as lost, with who removed it, when somebody forces it', async () => {
    await lockActiveFile();
    const warnings = collectWarnings(api);
    const [placed] = api.folders.picture.locks;
    assert.ok(placed);
    await run(process.execPath, [
      process.env['WLOCK_CLI'] ?? '',
      '--root',
      folderPath(),
      'force-release',
      placed.lock.id,
      '--yes',
    ]);
    printLatency('force release to the holder being told', await until('a warning', () => warnings.length > 0));
    assert.match(warnings.join(), /^Your lock on src\/api\/routes\.ts was lost: force-released by .+, pid \d+\.$/);
  });

  /** Gives each warning an answer, and keeps what it offered. */
  const answering = (
    answer: (actions: readonly string[]) => string | undefined,
  ): { readonly message: string; readonly actions: readonly string[] }[] => {
    const asked: { readonly message: string; readonly actions: readonly string[] }[] = [];
    api.answerWith({
      warn: (message, actions) => {
        asked.push({ message, actions });
        return Promise.resolve(answer(actions));
      },
    });
    return asked;
  };

  it('is not waited for by its own window, which offers to release it instead', async () => {
    const docs = vscode.Uri.file(path.join(folderPath(), 'docs'));
    const guide = vscode.Uri.file(path.join(folderPath(), 'docs/guide.md'));
    await vscode.commands.executeCommand('workspaceLocks.acquire', docs);
    const asked = answering(() => 'Release');
    await vscode.commands.executeCommand('workspaceLocks.acquire', guide);
    assert.match(asked[0]?.message ?? '', /^You have locked this already: docs \(/);
    assert.deepEqual(asked[0]?.actions, ['Release', 'Show Lock']);
    assert.deepEqual(rows(api), []);
  });

  it('is waited for once, however often the person asks', async () => {
    const { loop } = await PythonLoop.start(folderPath(), 'first-loop', 'docs');
    const docs = vscode.Uri.file(path.join(folderPath(), 'docs'));
    answering(([wait]) => wait);
    const first = vscode.commands.executeCommand('workspaceLocks.acquire', docs);
    await until('a wait', () => api.folders.picture.waiters.length === 1);
    await vscode.commands.executeCommand('workspaceLocks.acquire', docs);
    assert.equal(api.folders.picture.waiters.length, 1);
    await loop.end();
    await first;
    await until('our lock alone', () => api.folders.picture.waiters.length === 0 && rows(api).length === 1);
  });

  it('ends a wait of the same window for something inside of it', async () => {
    const { loop } = await PythonLoop.start(folderPath(), 'first-loop', 'docs');
    const docs = vscode.Uri.file(path.join(folderPath(), 'docs'));
    const guide = vscode.Uri.file(path.join(folderPath(), 'docs/guide.md'));
    const asked = answering(([wait]) => (wait === 'Wait' ? wait : undefined));
    const waits = [docs, guide].map((uri) => vscode.commands.executeCommand('workspaceLocks.acquire', uri));
    await until('both waits', () => api.folders.picture.waiters.length === 2);
    await loop.end();
    await Promise.all(waits);
    assert.match(asked.at(-1)?.message ?? '', /^You have locked this already: docs/);
    await until('no wait', () => api.folders.picture.waiters.length === 0);
  });

  it('stays where the active file is another one, whatever is selected in the tree', async () => {
    const docs = vscode.Uri.file(path.join(folderPath(), 'docs'));
    await vscode.commands.executeCommand('workspaceLocks.acquire', docs);
    await vscode.commands.executeCommand('workspaceLocks.liveLocks.focus');
    await api.tree.view.reveal(nodeOf(api, 'docs'), { select: true });
    await until('the row is selected', () => api.tree.view.selection.length === 1);
    await vscode.window.showTextDocument(file);
    const titles: string[] = [];
    api.answerWith({
      pickOne: (_items, title) => {
        titles.push(title);
        return Promise.resolve(undefined);
      },
    });
    for (const command of ['release', 'renew']) await vscode.commands.executeCommand(`workspaceLocks.${command}`);
    const title = 'This window holds no lock on routes.ts. Which one do you mean?';
    assert.deepEqual(titles, [title, title]);
    assert.equal(rows(api).length, 1);
    api.answerWith({ pickOne: (items) => Promise.resolve(items[0]) });
    await vscode.commands.executeCommand('workspaceLocks.release');
    assert.deepEqual(rows(api), []);
  });
});
