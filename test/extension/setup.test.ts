/** The files that decide where the locks are, changed while the folder is open. */
import * as assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import { PythonLoop } from './pythonLoop.ts';
import { extensionApi, folderPath, nodeOf, printLatency, rows, until } from './window.ts';

const run = promisify(execFile);

describe('What decides on the lock directory, when it changes', () => {
  let api: ExtensionApi;
  const inFolder = (...names: readonly string[]): string => path.join(folderPath(), ...names);
  const routes = (): vscode.Uri => vscode.Uri.file(inFolder('src/api/routes.ts'));
  const guide = (): vscode.Uri => vscode.Uri.file(inFolder('docs/guide.md'));
  const directory = (): string => path.relative(folderPath(), api.folders.managers[0]?.layout.running ?? '');
  const isThere = (text: string): boolean => rows(api).some((row) => row.includes(text));
  const message = (): string => api.tree.view.message ?? '';
  const configure = (value: unknown): Promise<void> => writeFile(inFolder('.wlock.json'), JSON.stringify(value));

  /** Refused with exit code 3, or let in at once. */
  const othersGet = async (file: string): Promise<boolean> => {
    const cli = process.env['WLOCK_CLI'];
    assert.ok(cli, 'the runner names the command line in WLOCK_CLI');
    return await run(process.execPath, [cli, 'run', '--path', file, '--', 'true'], { cwd: folderPath() }).then(
      () => true,
      (error: unknown) => {
        assert.equal((error as { code: number }).code, 3);
        return false;
      },
    );
  };

  before(async () => {
    api = await extensionApi();
  });

  afterEach(async () => {
    for (const { lock, manager } of api.folders.picture.locks.filter(({ lock }) => lock.mine)) {
      await api.windowLocks.release(manager, lock.id);
    }
    for (const name of ['.wlock.json', '.ll', 'work']) await rm(inFolder(name), { recursive: true, force: true });
    await until('the default', () => directory() === '.loops/.running' && message() === '');
    await until('no lock is left', () => api.folders.picture.locks.length === 0);
  });

  it('is followed, as .wlock.json appears, says something else, and goes', async () => {
    const { loop } = await PythonLoop.start(folderPath(), 'nightly-loop', 'src');
    await until('its row', () => isThere('nightly-loop'));
    await configure({ loopsDir: 'work/loops' });
    printLatency('.wlock.json written to another store', await until('no row', () => rows(api).length === 0));
    assert.equal(directory(), 'work/loops/.running');
    await configure({ loopsDir: 'work' });
    await until('the next', () => directory() === 'work/.running');
    await rm(inFolder('.wlock.json'));
    await until('the row again', () => isThere('nightly-loop'));
    await loop.end();
  });

  it('is followed in little-loops’ own configuration too', async () => {
    await mkdir(inFolder('.ll'));
    await writeFile(inFolder('.ll/ll-config.json'), JSON.stringify({ loops: { loops_dir: 'work' } }));
    await until('its store', () => directory() === 'work/.running');
    await writeFile(inFolder('.ll/ll-config.json'), JSON.stringify({ loops: {} }));
    await until('the default', () => directory() === '.loops/.running');
  });

  it('leaves this window’s locks where they are, says so until they are released, and takes new ones in the new place', async () => {
    await vscode.commands.executeCommand('workspaceLocks.acquire', routes());
    await configure({ loopsDir: 'work' });
    await until('the sentence', () => message().includes('stand until you release them'));
    assert.ok(message().includes(inFolder('.loops/.running')), message());
    assert.ok(isThere('src/api/routes.ts'));
    assert.match(api.statusItem.item.text, /1 lock/);

    await vscode.commands.executeCommand('workspaceLocks.acquire', guide());
    assert.ok(isThere('docs/guide.md'));
    assert.equal(await othersGet('docs/guide.md'), false, 'it stands where others look now');
    const records = async (folder: string): Promise<number> =>
      (await readdir(inFolder(folder))).filter((name) => name.startsWith('wlock-')).length;
    assert.deepEqual([await records('.loops/.running'), await records('work/.running')], [1, 1]);

    await vscode.commands.executeCommand('workspaceLocks.release', nodeOf(api, 'src/api/routes.ts'));
    await until('no sentence', () => message() === '');
    assert.equal(await records('.loops/.running'), 0);
    assert.equal(await othersGet('docs/guide.md'), false, 'the other lock is untouched');
  });

  it('and is back before they are released, they are as before', async () => {
    await vscode.commands.executeCommand('workspaceLocks.acquire', routes());
    await configure({ loopsDir: 'work' });
    await until('the sentence', () => message().includes('stand until you release them'));
    await rm(inFolder('.wlock.json'));
    await until('no sentence', () => message() === '');
    assert.equal(await othersGet('src/api'), false);
    await vscode.commands.executeCommand('workspaceLocks.release', routes());
    assert.deepEqual(rows(api), []);
  });

  it('stays the same while the rest changes: the lock stands, its keeper goes with it, the next obeys the new rules', async () => {
    await vscode.commands.executeCommand('workspaceLocks.acquire', routes());
    const [manager] = api.folders.managers;
    const keeper = api.folders.picture.locks[0]?.lock.holder.pid;
    assert.ok(keeper !== undefined);
    await configure({ oneLockForAll: false });
    await until('a new manager', () => api.folders.managers[0] !== manager);
    assert.equal(message(), '');
    assert.equal(rows(api).length, 1);
    assert.equal(await othersGet('src/api'), false);

    await vscode.commands.executeCommand('workspaceLocks.acquire', guide());
    const next = api.folders.picture.locks.find(({ lock }) => lock.holder.pid !== keeper);
    assert.ok(next, 'it has a keeper that has read the new rules');
    await vscode.commands.executeCommand('workspaceLocks.release', routes());
    await until('the first keeper has gone', () => !isRunning(keeper));
    assert.equal(await othersGet('docs/guide.md'), false);
  });

  it('is said to be wrong while it is, and nothing is locked by a guess', async () => {
    const { loop } = await PythonLoop.start(folderPath(), 'nightly-loop', 'src');
    await until('its row', () => isThere('nightly-loop'));
    await writeFile(inFolder('.wlock.json'), '{ "loopsDir": ');
    await until('what is wrong', () => message().includes('.wlock.json cannot be used: it is not JSON'));
    const warnings: string[] = [];
    api.answerWith({
      warn: (text) => {
        warnings.push(text);
        return Promise.resolve(undefined);
      },
    });
    await vscode.commands.executeCommand('workspaceLocks.acquire', guide());
    assert.equal(warnings.length, 1);
    await rm(inFolder('.wlock.json'));
    await until('the row', () => isThere('nightly-loop') && message() === '');
    api.answerWith({});
    await loop.end();
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
