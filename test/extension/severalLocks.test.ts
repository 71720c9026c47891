import * as assert from 'node:assert/strict';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import type { TreeNode } from '../../src/extension/views/treeNodes.ts';
import { extensionApi, folderPath, rowText, until } from './window.ts';
import { WrittenLocks } from './writtenLocks.ts';

interface Question {
  readonly message: string;
  readonly detail: string;
}

describe('A command on several rows', () => {
  let api: ExtensionApi;
  let questions: Question[];
  let warnings: string[];

  before(async () => {
    api = await extensionApi();
  });

  beforeEach(async () => {
    questions = [];
    warnings = [];
    answer('yes');
    await api.tree.reshape({ grouping: 'scope' });
  });

  afterEach(async () => {
    for (const { lock, manager } of api.folders.picture.locks.filter(({ lock }) => lock.mine)) {
      await api.windowLocks.release(manager, lock.id);
    }
    await api.tree.reshape({ grouping: 'none' });
    await until('no lock is left', () => api.folders.picture.locks.length === 0);
  });

  const answer = (how: 'yes' | 'no', meanwhile: () => void = () => undefined): void => {
    api.answerWith({
      confirm: (question) => {
        questions.push(question);
        meanwhile();
        return Promise.resolve(how === 'yes');
      },
      input: ({ title }) => {
        questions.push({ message: title, detail: '' });
        return Promise.resolve('30m');
      },
      pickMany: (items) => {
        questions.push({ message: items.map(({ label }) => label).join(), detail: '' });
        return Promise.resolve(items);
      },
      warn: (message) => {
        warnings.push(message);
        return Promise.resolve(undefined);
      },
    });
  };

  const lockFiles = async (...files: readonly string[]): Promise<void> => {
    for (const file of files) {
      const uri = vscode.Uri.file(path.join(folderPath(), file));
      await vscode.commands.executeCommand('workspaceLocks.acquire', uri, [uri]);
    }
  };

  /** A group by its label, and the first row in it. */
  const group = async (label: string): Promise<{ readonly group: TreeNode; readonly first: TreeNode }> => {
    const found = api.tree.getChildren().find((node) => rowText(api.tree.getTreeItem(node)).startsWith(label));
    assert.ok(found, `a group ${label}`);
    const [first] = await api.tree.getChildren(found);
    assert.ok(first);
    return { group: found, first };
  };

  const run = async (command: string, ...selection: readonly TreeNode[]): Promise<void> => {
    await vscode.commands.executeCommand(`workspaceLocks.${command}`, selection[0], selection);
  };

  const leftScopes = (): readonly string[] =>
    api.folders.picture.locks
      .flatMap(({ lock }) => lock.scope.flatMap((entry) => (entry.kind === 'path' ? [path.basename(entry.path)] : [])))
      .sort();

  it('releases over groups, rows in them and rows below locks: each lock once, after one question', async () => {
    await lockFiles('src/api/routes.ts', 'src/ui/shelf.ts', 'docs/guide.md');
    const [api_, ui, docs] = [await group('src/api'), await group('src/ui'), await group('docs')];
    const [entry] = await api.tree.getChildren(docs.first);
    assert.ok(entry);
    await run('release', api_.group, api_.first, ui.first, entry);
    assert.equal(questions.length, 1);
    assert.equal(questions[0]?.message, 'Release your 2 locks?');
    assert.match(questions[0].detail, / on src\/api\/routes\.ts · .+\n.+ on src\/ui\/shelf\.ts · [^\n]+$/);
    assert.deepEqual(leftScopes(), ['guide.md']);
    assert.deepEqual(warnings, []);
  });

  it('releases nothing where the question is answered with no', async () => {
    answer('no');
    await lockFiles('src/api/routes.ts', 'docs/guide.md');
    await run('release', (await group('src/api')).group, (await group('docs')).group);
    assert.equal(questions.length, 1);
    assert.deepEqual(leftScopes(), ['guide.md', 'routes.ts']);
  });

  it('releases one’s own of a selection, and says that others’ stay', async () => {
    const others = new WrittenLocks(folderPath());
    try {
      others.write('stranger', ['src/ui/shelf.ts']);
      await lockFiles('src/api/routes.ts');
      await until('two locks', () => api.folders.picture.locks.length === 2);
      await run('release', (await group('src/api')).group, (await group('src/ui')).group);
      assert.match(questions[0]?.detail ?? '', /1 other of the selection is not yours and stays\.$/);
      assert.deepEqual(leftScopes(), ['shelf.ts']);
    } finally {
      await others.end();
    }
  });

  it('does nothing for rows below a lock alone', async () => {
    await lockFiles('docs/guide.md');
    const [entry] = await api.tree.getChildren((await group('docs')).first);
    assert.ok(entry);
    await run('release', entry);
    assert.deepEqual(leftScopes(), ['guide.md']);
    assert.match(warnings.join(), /^This window holds no lock there\./);
  });

  it('renews all after one question that names each', async () => {
    await lockFiles('src/api/routes.ts', 'docs/guide.md');
    await run('renew', (await group('src/api')).group, (await group('docs')).first);
    assert.deepEqual(
      questions.map(({ message }) => message),
      ['Hold src/api/routes.ts, docs/guide.md for how long, from now?'],
    );
    assert.deepEqual(
      api.folders.picture.locks.map(({ lock }) => (lock.expiresAt ?? 0) - Date.now() > 29 * 60_000),
      [true, true],
    );
    assert.deepEqual(warnings, []);
  });

  it('forces all after one question that names each, and tells which did not go and why', async () => {
    const others = new WrittenLocks(folderPath());
    try {
      others.write('first', ['src/api/routes.ts']);
      others.write('second', ['docs/guide.md']);
      await until('two locks', () => api.folders.picture.locks.length === 2);
      // Becomes another lock while the person reads the question.
      answer('yes', () => others.write('second', ['docs/guide.md', 'docs/more.md'], 5_000));
      await run('forceRelease', (await group('src/api')).group, (await group('docs')).group);
      assert.equal(questions.length, 1);
      assert.equal(questions[0]?.message, 'Force-release these 2 locks?');
      assert.match(questions[0].detail, /first on src\/api\/routes\.ts · .+ is alive\.\n?/);
      assert.match(questions[0].detail, /second on docs\/guide\.md · .+ is alive\./);
      assert.deepEqual(warnings, [
        '1 of 2 locks are as they were. second on docs/guide.md: That lock has meanwhile become another one; nothing was changed.',
      ]);
      assert.deepEqual(leftScopes(), ['guide.md', 'more.md']);
    } finally {
      await others.end();
    }
  });

  it('reaps the stale locks of the chosen groups only, after one question', async () => {
    const others = new WrittenLocks(folderPath());
    try {
      for (const [name, file] of [
        ['one', 'src/api/routes.ts'],
        ['two', 'src/api/apples.ts'],
        ['three', 'src/ui/shelf.ts'],
        ['four', 'docs/guide.md'],
      ] as const)
        others.write(name, [file]);
      await others.die();
      await api.folders.refresh();
      await until(
        'all stale',
        () => api.folders.picture.locks.filter(({ lock }) => lock.verdict === 'stale').length === 4,
      );
      await run('reap', (await group('src/api')).group, (await group('src/ui')).first);
      assert.deepEqual(
        questions.map(({ message }) => message.split(',').sort().join()),
        ['one,three,two'],
      );
      assert.deepEqual(leftScopes(), ['guide.md']);
    } finally {
      await others.end();
    }
  });
});
