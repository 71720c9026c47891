import * as assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Section } from '../../src/extension/activity/activityMessage.ts';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import { callTool, idIn } from './modelTools.ts';
import { PythonLoop } from './pythonLoop.ts';
import { badgeOf, extensionApi, folderPath, rows, until } from './window.ts';

describe('A window with several folders', () => {
  let api: ExtensionApi;
  let loops: PythonLoop[] = [];

  before(async () => {
    api = await extensionApi();
  });

  afterEach(async () => {
    for (const loop of loops) await loop.end();
    loops = [];
    await until('no lock is left', () => api.folders.picture.locks.length === 0);
  });

  it('shows the locks of each, with the folder’s name', async () => {
    for (const index of [0, 1]) {
      const { loop, first } = await PythonLoop.start(folderPath(index), `loop-${index}`, 'src');
      assert.equal(first.event, 'acquired', 'the roots have stores of their own');
      loops.push(loop);
    }
    await until('two rows', () => rows(api).length === 2);
    for (const index of [0, 1]) {
      const name = path.basename(folderPath(index));
      assert.ok(
        rows(api).some((row) => row.startsWith(`loop-${index} src`) && row.endsWith(name)),
        rows(api).join('\n'),
      );
      assert.equal(badgeOf(api, path.join(folderPath(index), 'src'))?.badge, 'L');
    }
  });

  it('marks the folder of a whole-root lock, and nothing in it', async () => {
    const { loop } = await PythonLoop.start(folderPath(0), 'whole-loop', '.');
    loops.push(loop);
    await until('its row, below a hint', () => rows(api).length === 2);
    assert.match(rows(api)[0] ?? '', /^whole-loop holds the whole workspace/);
    assert.equal(badgeOf(api, folderPath(0))?.badge, 'L');
    assert.equal(badgeOf(api, path.join(folderPath(0), 'src')), undefined);
    assert.equal(badgeOf(api, folderPath(1)), undefined);
  });

  it('shows the activity of each folder in a section of its own', async () => {
    const { loop } = await PythonLoop.start(folderPath(1), 'second-loop', 'src');
    loops.push(loop);
    await until('a row', () => rows(api).length === 1);
    await vscode.commands.executeCommand('workspaceLocks.showActivity');
    const sections = (): readonly Section[] => api.activity.panel?.shown?.sections ?? [];
    await until('two sections', () => sections().length === 2);
    assert.deepEqual(
      sections().map(({ title }) => title),
      [0, 1].map((index) => path.basename(folderPath(index))),
    );
    assert.deepEqual(
      sections().map(({ lanes }) => lanes.flatMap(({ items }) => items).filter(({ end }) => end === 'held').length),
      [0, 1],
    );
    api.activity.panel?.close();
    await until('the panel is closed', () => api.activity.panel === undefined);
  });

  it('takes a lock in the store of the folder that the file lies in', async () => {
    const uri = vscode.Uri.file(path.join(folderPath(1), 'src/main.ts'));
    await vscode.commands.executeCommand('workspaceLocks.acquire', uri, [uri]);
    assert.ok(api.folders.picture.locks[0]?.lock.file.startsWith(folderPath(1)));
    const refused = await PythonLoop.start(folderPath(1), 'loop', 'src');
    assert.equal(refused.first.event, 'conflict');
    await vscode.commands.executeCommand('workspaceLocks.release', uri);
  });

  it('gives a model locks in all of its folders, or in none', async () => {
    const paths = [0, 1].map((index) => path.join(folderPath(index), 'src'));
    const agentLocks = (): number => api.folders.picture.locks.filter(({ lock }) => lock.mine).length;
    const { loop } = await PythonLoop.start(folderPath(1), 'second-loop', 'src');
    loops.push(loop);
    await until('its lock', () => rows(api).length === 1);
    const refused = await callTool('acquire_lock', { paths });
    assert.match(refused, /^In second: Not granted.*held by .*second-loop/s);
    assert.match(refused, /Lock \S+, which first had granted, was given back\.\nNothing of this call is held/);
    assert.equal(agentLocks(), 0);
    const other = await PythonLoop.start(folderPath(0), 'first-loop', 'src');
    assert.equal(other.first.event, 'acquired', 'what was granted first is free again');
    for (const each of [loop, other.loop]) await each.end();
    await until('both are free', () => api.folders.picture.locks.length === 0);
    const granted = await callTool('acquire_lock', { paths });
    assert.equal([...granted.matchAll(/^Granted: /gm)].length, 2, granted);
    await callTool('release_lock', { all: true });
    assert.equal(agentLocks(), 0);
  });

  it('lets a model wait in one folder only, because who holds one while he waits for another can be waited for', async () => {
    const paths = [0, 1].map((index) => path.join(folderPath(index), 'src'));
    const refused = await callTool('wait_for_lock', { paths, seconds: 20 });
    assert.match(
      refused,
      /^Not granted: these paths lie in several folders of the window \(first, second\): wait for each/,
    );
    assert.deepEqual(api.folders.picture.locks, []);
    idIn(await callTool('wait_for_lock', { paths: paths.slice(1), seconds: 20 }));
    await callTool('release_lock', { all: true });
    assert.match(await callTool('wait_for_lock', { seconds: 20 }), /paths/);
  });

  it('tells a model of a loss in a folder that has left the window', async () => {
    const added = path.join(path.dirname(folderPath(0)), 'third');
    vscode.workspace.updateWorkspaceFolders(2, 0, { uri: vscode.Uri.file(added) });
    await until('three stores', () => api.folders.managers.length === 3);
    const id = idIn(await callTool('acquire_lock', { paths: [path.join(added, 'src')] }));
    vscode.workspace.updateWorkspaceFolders(2, 1);
    await until('two stores', () => api.folders.managers.length === 2);
    const placed = api.folders.picture.locks.find(({ lock }) => lock.id === id);
    assert.ok(placed, 'the lock stands');
    await placed.manager.forceRelease(placed.lock);
    const inFirst = { paths: ['first/src'] };
    await until('it is told', async () =>
      (await callTool('check_paths', inFirst)).includes(`LOST: your lock ${id} on src`),
    );
  });

  it('gives back what a model holds in a folder that has left the window', async () => {
    const added = path.join(path.dirname(folderPath(0)), 'third');
    vscode.workspace.updateWorkspaceFolders(2, 0, { uri: vscode.Uri.file(added) });
    await until('three stores', () => api.folders.managers.length === 3);
    const id = idIn(await callTool('acquire_lock', { paths: [path.join(added, 'src')] }));
    vscode.workspace.updateWorkspaceFolders(2, 1);
    await until('two stores', () => api.folders.managers.length === 2);
    assert.match(await callTool('release_lock', { id }), new RegExp(`^Released: ${id}`));
  });

  it('works in a folder that is a symbolic link', async () => {
    const target = path.join(path.dirname(folderPath(0)), 'third');
    const link = path.join(path.dirname(folderPath(0)), 'linked');
    await symlink(target, link);
    vscode.workspace.updateWorkspaceFolders(2, 0, { uri: vscode.Uri.file(link) });
    await until('three stores', () => api.folders.managers.length === 3);
    const file = vscode.Uri.file(path.join(link, 'src/main.ts'));
    await vscode.commands.executeCommand('workspaceLocks.acquire', file, [file]);
    assert.equal(badgeOf(api, file.fsPath)?.badge, 'L');
    const refused = await PythonLoop.start(target, 'loop', 'src');
    assert.equal(refused.first.event, 'conflict', 'it is the same file');
    await vscode.commands.executeCommand('workspaceLocks.release', file, [file]);
    assert.deepEqual(rows(api), []);
    vscode.workspace.updateWorkspaceFolders(2, 1);
    await until('two stores', () => api.folders.managers.length === 2);
  });

  it('follows folders that come and go', async () => {
    const added = path.join(path.dirname(folderPath(0)), 'third');
    vscode.workspace.updateWorkspaceFolders(2, 0, { uri: vscode.Uri.file(added) });
    await until('three stores', () => api.folders.managers.length === 3);
    const { loop } = await PythonLoop.start(added, 'third-loop', 'src');
    loops.push(loop);
    await until('its row', () => rows(api).some((row) => row.startsWith('third-loop')));
    vscode.workspace.updateWorkspaceFolders(2, 1);
    await until('two stores', () => api.folders.managers.length === 2);
    assert.deepEqual(rows(api), []);
  });
});
