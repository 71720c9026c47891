import * as assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import type { TreeNode } from '../../src/extension/views/treeNodes.ts';
import { childRows, extensionApi, folderPath, nodeOf, rowText, rows, until } from './window.ts';
import { WrittenLocks } from './writtenLocks.ts';

describe('The tree', () => {
  let api: ExtensionApi;
  let locks: WrittenLocks;

  before(async () => {
    api = await extensionApi();
  });

  beforeEach(async () => {
    locks = new WrittenLocks(folderPath());
    locks.write('beta', ['docs/guide.md'], 0);
    locks.write('alpha', ['src/ui/shelf.ts'], 20);
    locks.write('gamma', ['src/api/routes.ts'], 10);
    await until('three rows', () => rows(api).length === 3);
  });

  afterEach(async () => {
    await api.tree.reshape({ grouping: 'none', order: 'urgency', hidden: [] });
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await locks.end();
    await until('no lock is left', () => api.folders.picture.locks.length === 0);
  });

  const choose = async (command: string, label: string): Promise<void> => {
    api.answerWith({ pickOne: (items) => Promise.resolve(items.find((item) => item.label === label)) });
    await vscode.commands.executeCommand(`workspaceLocks.${command}`);
  };

  const holders = (): readonly string[] => rows(api).map((row) => row.split(' ', 1).join());

  it('is sorted as somebody chose', async () => {
    await choose('sortLocks', 'Oldest first');
    assert.deepEqual(holders(), ['beta', 'gamma', 'alpha']);
    await choose('sortLocks', 'Newest first');
    assert.deepEqual(holders(), ['alpha', 'gamma', 'beta']);
    await choose('sortLocks', 'By scope');
    assert.deepEqual(holders(), ['beta', 'gamma', 'alpha']);
    await choose('sortLocks', 'By holder');
    assert.deepEqual(holders(), ['alpha', 'beta', 'gamma']);
    assert.equal(api.tree.shape.order, 'holder', 'and kept');
  });

  it('shows conflicts first in each order, and leads to the first of them', async () => {
    locks.write('delta', ['src/api'], 30);
    await until('a conflict', () => api.folders.picture.conflicts.length === 1);
    for (const order of ['urgency', 'oldest', 'newest', 'scope', 'holder'] as const) {
      await api.tree.reshape({ order });
      assert.match(rows(api)[0] ?? '', /^Conflict: /, order);
    }
    await vscode.commands.executeCommand('workspaceLocks.showConflicts');
    await until('the selected conflict', () => api.tree.view.selection[0]?.kind === 'conflict');
  });

  it('is grouped by folder, the whole workspace first, and its groups say what they are', async () => {
    locks.write('omega', ['.'], 30);
    locks.write('top', ['README.md'], 40);
    await until('five locks', () => api.folders.picture.locks.length === 5);
    await choose('groupLocks', 'By folder');
    const groups = api.tree.getChildren().filter(({ kind }) => kind === 'group');
    const items = groups.map((node) => api.tree.getTreeItem(node));
    assert.deepEqual(items.map(rowText), ['whole workspace 1', 'top folder 1', 'docs 1', 'src/api 1', 'src/ui 1']);
    assert.deepEqual(
      items.map(({ accessibilityInformation }) => accessibilityInformation?.label),
      ['whole workspace', 'top folder', 'docs', 'src/api', 'src/ui'].map((name) => `Folder ${name}, 1 lock`),
    );
    assert.match((await childRows(api, groups[3] ?? assert.fail()))[0] ?? '', /^gamma src\/api\/routes\.ts/);
  });

  it('tells how many locks its filter hides, and shows them again', async () => {
    await api.tree.reshape({ hidden: ['loops'] });
    assert.deepEqual(rows(api), ['3 locks hidden by the filter Show All']);
    await vscode.commands.executeCommand('workspaceLocks.showAllLocks');
    assert.equal(rows(api).length, 3);
  });

  it('leads to the lock of the active file, also inside of a group, and says where the filter hides it', async () => {
    await choose('groupLocks', 'By folder');
    await vscode.window.showTextDocument(vscode.Uri.file(path.join(folderPath(), 'src/ui/shelf.ts')));
    await vscode.commands.executeCommand('workspaceLocks.showLocks');
    const selected = (): string | undefined => {
      const [row] = api.tree.view.selection;
      return row?.kind === 'lock' ? row.placed.lock.holder.name : row?.kind;
    };
    await until('its row', () => selected() === 'alpha');
    await api.tree.reshape({ hidden: ['loops'] });
    const said: string[] = [];
    api.answerWith({
      warn: (message, [all]) => {
        said.push(message);
        return Promise.resolve(all);
      },
    });
    await vscode.commands.executeCommand('workspaceLocks.showLocks');
    assert.deepEqual(said, ['The filter of the Locks view hides the lock of alpha on src/ui/shelf.ts.']);
    await until('its row again', () => selected() === 'alpha');
  });

  it('has only those rows drawn anew that look different', async () => {
    await until('it has been drawn', () => api.tree.view.visible || showTree());
    const fired: (readonly TreeNode[] | undefined)[] = [];
    const subscription = api.tree.onDidChangeTreeData((changed) => fired.push(changed));
    try {
      rows(api); // as VS Code does: these are the rows that it knows
      locks.write('beta', ['docs'], 0);
      await until('a change', () => fired.length > 0);
      const [changed] = fired;
      assert.deepEqual(
        changed?.map((node) => (node.kind === 'lock' ? node.placed.lock.holder.name : node.kind)),
        ['beta'],
      );
      const [row] = changed;
      assert.ok(row);
      assert.match(
        String(api.tree.getTreeItem(row).description),
        /^docs · /,
        'the row that VS Code knows has the new looks',
      );
      locks.write('fourth', ['media'], 50);
      await until('all', () => fired.includes(undefined));
    } finally {
      subscription.dispose();
    }
  });

  it('lists the files of a locked pattern, and opens the chosen one', async () => {
    locks.remove('alpha'); // whose lock would be in the way
    await until('two locks', () => api.folders.picture.locks.length === 2);
    const [manager] = api.folders.managers;
    assert.ok(manager);
    await api.windowLocks.acquire(manager, manager.readScope([{ as: 'glob', text: '{src,none}/ui/*.ts' }]), 'tester');
    try {
      const node = nodeOf(api, 'tester');
      const [entry] = await api.tree.getChildren(node);
      assert.ok(entry);
      assert.equal(api.tree.getTreeItem(entry).contextValue, 'entry.glob');
      let offered: readonly string[] = [];
      api.answerWith({
        pickOne: (items) => {
          offered = items.map(({ description }) => description ?? '');
          return Promise.resolve(items[0]);
        },
      });
      await vscode.commands.executeCommand('workspaceLocks.openScope', entry);
      assert.deepEqual(offered, ['src/ui/shelf.ts']);
      assert.match(vscode.window.activeTextEditor?.document.uri.fsPath ?? '', /shelf\.ts$/);
    } finally {
      for (const { lock } of api.folders.picture.locks.filter(({ lock }) => lock.mine)) {
        await api.windowLocks.release(manager, lock.id);
      }
    }
  });

  it('leads to the configuration: a new document where there is none, else the file', async () => {
    const file = path.join(folderPath(), '.wlock.json');
    await vscode.commands.executeCommand('workspaceLocks.openConfiguration');
    const fresh = vscode.window.activeTextEditor?.document;
    assert.ok(fresh?.isUntitled);
    assert.equal(fresh.uri.fsPath, file);
    assert.deepEqual(JSON.parse(fresh.getText()), {});
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await writeFile(file, '{ "oneLockForAll": true }');
    try {
      await vscode.commands.executeCommand('workspaceLocks.openConfiguration');
      const shown = vscode.window.activeTextEditor?.document;
      assert.equal(shown?.isUntitled, false);
      assert.match(shown.getText(), /oneLockForAll/);
    } finally {
      await rm(file);
    }
  });

  const showTree = (): boolean => {
    void vscode.commands.executeCommand('workspaceLocks.liveLocks.focus');
    return false;
  };
});
