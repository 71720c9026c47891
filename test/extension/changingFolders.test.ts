/** Folders that come, go, move, lie in each other, are cleaned, or lie on a network. */
import * as assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import { PythonLoop } from './pythonLoop.ts';
import { badgeOf, extensionApi, folderPath, nodeOf, rows, until } from './window.ts';

const run = promisify(execFile);

describe('A folder of the window', () => {
  let api: ExtensionApi;
  let warnings: string[];
  let loops: PythonLoop[];
  const beside = (...names: readonly string[]): string => path.join(path.dirname(folderPath(0)), ...names);
  const message = (): string => api.tree.view.message ?? '';
  const isThere = (text: string): boolean => rows(api).some((row) => row.includes(text));
  const folderCount = (): number => vscode.workspace.workspaceFolders?.length ?? 0;
  const acquire = (file: string): Thenable<unknown> =>
    vscode.commands.executeCommand('workspaceLocks.acquire', vscode.Uri.file(file));
  const release = (file: string): Thenable<unknown> =>
    vscode.commands.executeCommand('workspaceLocks.release', vscode.Uri.file(file));

  before(async () => {
    api = await extensionApi();
  });

  beforeEach(() => {
    loops = [];
    warnings = [];
    api.answerWith({
      warn: (text) => {
        warnings.push(text);
        return Promise.resolve(undefined);
      },
    });
  });

  afterEach(async () => {
    for (const loop of loops) await loop.end();
    if (folderCount() > 2) await change(2, folderCount() - 2);
    await until('two stores', () => api.folders.managers.length === 2 && message() === '');
    await until('no lock is left', () => rows(api).length === 0);
    api.answerWith({});
  });

  /** Resolves when the extension has followed. */
  const change = async (at: number, remove: number, ...folders: readonly string[]): Promise<void> => {
    const changed = new Promise((resolve) => {
      const listener = vscode.workspace.onDidChangeWorkspaceFolders((event) => resolve(listener.dispose() ?? event));
    });
    const added = folders.map((folder) => ({ uri: vscode.Uri.file(folder) }));
    assert.ok(vscode.workspace.updateWorkspaceFolders(at, remove, ...added), 'VS Code takes the change');
    await changed;
    await api.folders.ready();
  };
  const add = (folder: string): Promise<void> => change(folderCount(), 0, folder);
  const makeFolder = async (...names: readonly string[]): Promise<string> => {
    const folder = beside(...names);
    await mkdir(path.join(folder, '.git'), { recursive: true });
    await writeFile(path.join(folder, 'main.ts'), '');
    return folder;
  };
  const loopIn = async (folder: string, name: string, scope: string): Promise<string> => {
    const { loop, first } = await PythonLoop.start(folder, name, scope);
    if (first.event === 'acquired') loops.push(loop);
    return first.event;
  };

  it('that lies in another one has the store of its own root, or that one’s where it has none', async () => {
    const outer = folderPath(0);
    await add(path.join(outer, 'src'));
    assert.equal(api.folders.managers.length, 2, 'it is a part of the same root');
    const inner = await makeFolder('first', 'vendor');
    await add(inner);
    await until('a third store', () => api.folders.managers.length === 3);
    await acquire(path.join(inner, 'main.ts'));
    assert.equal(await loopIn(inner, 'inner-loop', '.'), 'conflict');
    assert.equal(badgeOf(api, path.join(inner, 'main.ts'))?.badge, 'L');
    await acquire(path.join(outer, 'src/main.ts'));
    assert.equal(await loopIn(outer, 'outer-loop', 'src'), 'conflict');
    assert.deepEqual([rows(api).length, warnings], [2, []]);
    await release(path.join(inner, 'main.ts'));
    await release(path.join(outer, 'src/main.ts'));
    await rm(inner, { recursive: true });
  });

  it('becomes a root of its own as soon as somebody makes it one', async () => {
    const inner = path.join(folderPath(0), 'part');
    await mkdir(inner);
    await add(inner);
    assert.equal(api.folders.managers.length, 2);
    assert.equal(await loopIn(inner, 'part-loop', '.'), 'acquired'); // makes .loops in it
    await until('its row', () => isThere('part-loop'));
    await until('its own store', () => api.folders.managers.length === 3); // its locks are shown a moment before it counts
    await loops.pop()?.end();
    await rm(inner, { recursive: true });
  });

  it('that leaves the window while this holds a lock in it stays in sight until the lock is released', async () => {
    const folder = await makeFolder('leaving');
    await add(folder);
    await acquire(path.join(folder, 'main.ts'));
    await change(2, 1);
    await until('the sentence', () => message().includes('stand until you release them'));
    assert.equal(await loopIn(folder, 'loop', '.'), 'conflict');
    await vscode.commands.executeCommand('workspaceLocks.release', nodeOf(api, 'main.ts'));
    await until('no sentence', () => message() === '');
    assert.deepEqual(rows(api), []);
    assert.equal(await loopIn(folder, 'loop', '.'), 'acquired');
  });

  it('that is renamed is missed, its locks are told as lost, and it is found again under its name', async () => {
    const folder = await makeFolder('renamed');
    await add(folder);
    await acquire(path.join(folder, 'main.ts'));
    await rename(folder, `${folder}-aside`);
    await until('the sentence', () => message().includes(`The folder ${folder} is not there.`));
    await until('the loss', () => warnings.some((text) => text.startsWith('Your lock on main.ts was lost')));
    await until('an empty tree', () => rows(api).length === 0);
    await rename(`${folder}-aside`, folder);
    await until('no sentence', () => message() === '');
    await acquire(path.join(folder, 'main.ts'));
    assert.equal(await loopIn(folder, 'loop', '.'), 'conflict', 'what was left of the old lock is in nobody’s way');
    await release(path.join(folder, 'main.ts'));
    await until('an empty tree', () => rows(api).length === 0);
  });

  it('that is deleted and made again is used again', async () => {
    const folder = await makeFolder('deleted');
    await add(folder);
    assert.equal(await loopIn(folder, 'loop', '.'), 'acquired');
    await until('its row', () => isThere('whole workspace'));
    await loops.pop()?.end('SIGKILL');
    await rm(folder, { recursive: true });
    await until('the sentence', () => message().includes('is not there'));
    assert.deepEqual(rows(api), []);
    await makeFolder('deleted');
    await until('no sentence', () => message() === '');
    await acquire(path.join(folder, 'main.ts'));
    assert.equal(await loopIn(folder, 'loop', '.'), 'conflict');
    await release(path.join(folder, 'main.ts'));
  });

  it('that is cleaned by git loses the locks, tells so, and can be locked in again', async () => {
    const folder = beside('cleaned');
    await mkdir(folder);
    await writeFile(path.join(folder, 'main.ts'), '');
    await run('git', ['init', '--quiet'], { cwd: folder });
    await add(folder);
    await acquire(path.join(folder, 'main.ts'));
    const { stdout } = await run('git', ['clean', '-fdX'], { cwd: folder });
    assert.match(stdout, /\.loops/);
    await until('the loss', () => warnings.length > 0);
    assert.match(warnings.join(), /^Your lock on main\.ts was lost: /);
    await until('an empty tree', () => rows(api).length === 0);
    assert.equal(badgeOf(api, path.join(folder, 'main.ts')), undefined);

    await acquire(path.join(folder, 'main.ts'));
    await until('its row', () => isThere('main.ts'));
    assert.equal(await loopIn(folder, 'loop', '.'), 'conflict');
    await release(path.join(folder, 'main.ts'));
    assert.equal(warnings.length, 1);
  });

  it('on a network file system shows its locks, and says why it takes none', async () => {
    const folder = await makeFolder('far');
    const mounted = beside('mounted');
    await mkdir(mounted);
    const bindfs = spawn(process.env['WLOCK_BINDFS'] ?? 'bindfs', ['-f', folder, mounted], { stdio: 'ignore' });
    try {
      await until('the mount', async () => (await readdir(mounted)).includes('main.ts'));
      await add(mounted);
      assert.equal(await loopIn(mounted, 'far-loop', 'main.ts'), 'acquired');
      await until('its row', () => isThere('far-loop'));
      assert.match(rows(api).join(), /far-loop unknown · main\.ts · /);
      await acquire(path.join(mounted, 'other.ts'));
      assert.match(warnings.join(), /lies on a network file system \(FUSE\)/);
      await loops.pop()?.end();
      await until('no row', () => rows(api).length === 0);
      await change(2, 1);
    } finally {
      await unmount(mounted, bindfs);
    }
  });
});

/** Whoever has just looked into it may still be in it. */
async function unmount(folder: string, bindfs: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => bindfs.once('exit', resolve));
  await until(`umount ${folder}`, () =>
    run('umount', [folder]).then(
      () => true,
      () => false,
    ),
  );
  await ended; // which unmounting ends
}
