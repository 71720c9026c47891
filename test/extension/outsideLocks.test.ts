import * as assert from 'node:assert/strict';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import { PythonLoop } from './pythonLoop.ts';
import {
  badgeOf,
  childRows,
  extensionApi,
  folderPath,
  nodeOf,
  printLatency,
  rows,
  screenshot,
  until,
} from './window.ts';

describe('A lock that an outside process takes', () => {
  let api: ExtensionApi;
  let loops: PythonLoop[];

  before(async () => {
    api = await extensionApi();
  });

  beforeEach(() => {
    loops = [];
  });

  afterEach(async () => {
    for (const loop of loops) await loop.end();
    await api.folders.refresh();
    for (const { lock, manager } of api.folders.picture.locks) {
      if (lock.verdict === 'stale') await manager.reap(lock);
    }
    await until('no lock is left', () => api.folders.picture.locks.length === 0);
  });

  const start = async (name: string, scope: string): Promise<PythonLoop> => {
    const { loop, first } = await PythonLoop.start(folderPath(), name, scope);
    loops.push(loop);
    assert.equal(first.event, 'acquired');
    return loop;
  };

  it('appears in tree, Explorer and status bar, and goes after its release', async () => {
    const file = path.join(folderPath(), 'src/api/routes.ts');
    const announced: string[] = [];
    const listener = api.explorerMarks.onDidChangeFileDecorations((uris) =>
      announced.push(...uris.map((uri) => uri.fsPath)),
    );
    const loop = await start('nightly-loop', 'src/api');

    printLatency(
      'outside acquire to tree row',
      await until('a row', () => rows(api).some((row) => row.startsWith('nightly-loop src/api'))),
    );
    printLatency('… to Explorer badge', await until('a badge', () => badgeOf(api, file)?.badge === 'L'));
    printLatency('… to status bar', await until('a count', () => api.statusItem.item.text.includes('1 lock')));
    assert.match(badgeOf(api, file)?.tooltip ?? '', /^Locked by nightly-loop, /);
    assert.equal(api.tree.view.badge?.value, 1);
    assert.ok(announced.includes(path.join(folderPath(), 'src/api')), 'VS Code was told about the locked folder');
    assert.equal(badgeOf(api, path.join(folderPath(), 'src/api'))?.propagate, true, 'the folders above are marked too');
    await screenshot('outside-lock');

    await loop.end();
    printLatency('outside release to empty tree', await until('no row', () => rows(api).length === 0));
    await until('no badge', () => badgeOf(api, file) === undefined);
    await until('no view badge', () => api.tree.view.badge === undefined);
    listener.dispose();
  });

  it('turns stale with the reason when its process is killed, and Reap removes it after showing the evidence', async () => {
    const loop = await start('doomed-loop', 'docs');
    await until('a row', () => rows(api).some((row) => row.startsWith('doomed-loop docs')));

    await loop.end('SIGKILL');
    printLatency('kill -9 to stale', await until('a stale row', () => rows(api).some((row) => row.includes('stale'))));
    const children = await childRows(api, nodeOf(api, 'doomed-loop'));
    assert.ok(
      children.includes(`Its holder is gone: process ${loop.pid} does not exist any more.`),
      children.join('\n'),
    );
    assert.equal(badgeOf(api, path.join(folderPath(), 'docs/guide.md')), undefined, 'a dead holder marks nothing');
    await screenshot('stale-lock');

    const shown: string[] = [];
    api.answerWith({
      pickMany: (items) => {
        shown.push(...items.map(({ label, detail }) => `${label}: ${detail ?? ''}`));
        return Promise.resolve(items);
      },
    });
    await vscode.commands.executeCommand('workspaceLocks.reap');
    assert.deepEqual(shown, [`doomed-loop: Its holder is gone: process ${loop.pid} does not exist any more.`]);
    assert.deepEqual(rows(api), []);
  });

  it('is released by force only after a question that names it', async () => {
    await start('stuck-loop', 'src/ui');
    await until('a row', () => rows(api).some((row) => row.startsWith('stuck-loop')));
    const questions: string[] = [];
    const answer = (yes: boolean): void => {
      api.answerWith({
        confirm: ({ message, detail }) => {
          questions.push(`${message}\n${detail}`);
          return Promise.resolve(yes);
        },
      });
    };

    answer(false);
    await vscode.commands.executeCommand('workspaceLocks.forceRelease', nodeOf(api, 'stuck-loop'));
    assert.equal(rows(api).length, 1, 'a no changes nothing');
    assert.match(
      questions[0] ?? '',
      /^Force-release the lock of stuck-loop on src\/ui\?\nHeld by a running process: process \d+ is alive\./,
    );

    answer(true);
    await vscode.commands.executeCommand('workspaceLocks.forceRelease', nodeOf(api, 'stuck-loop'));
    assert.deepEqual(rows(api), []);
  });

  it('on the whole workspace marks no file, only the view and the status bar', async () => {
    await start('whole-loop', '.');
    await until('a row', () => rows(api).some((row) => row.startsWith('whole-loop whole workspace')));
    assert.equal(badgeOf(api, path.join(folderPath(), 'src/api/routes.ts')), undefined);
    assert.equal(badgeOf(api, folderPath())?.badge, 'L', 'the root itself is marked');
    assert.equal(api.tree.view.badge?.value, 1);
    assert.match(api.statusItem.item.text, /1 lock|Locked by whole-loop/);
  });

  it('that overlaps another tool’s nested record is shown as a conflict', async () => {
    const { mkdir, writeFile, rm } = await import('node:fs/promises');
    const nested = path.join(folderPath(), '.loops/.running/oracles');
    await start('plain-loop', 'src/api');
    const other = await start('other-loop', 'docs'); // of another family: an ancestor's lock would be no conflict
    await mkdir(nested, { recursive: true });
    const record = {
      loop_name: 'oracles/x',
      scope: [path.join(folderPath(), 'src')],
      pid: other.pid,
      started_at: new Date().toISOString(),
    };
    await writeFile(path.join(nested, 'x.lock'), JSON.stringify(record));
    await api.folders.refresh(); // little-loops never looks into sub-directories, and no event comes from there
    await until('a conflict', () => rows(api).some((row) => row.startsWith('Conflict: ')));
    assert.match(api.tree.view.badge?.tooltip ?? '', /1 conflict/);
    await rm(nested, { recursive: true });
    await api.folders.refresh();
  });
});
