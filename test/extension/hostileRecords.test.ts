import * as assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import { extensionApi, folderPath, nodeOf, rowText, rows, until } from './window.ts';

describe('A hostile record', () => {
  let api: ExtensionApi;
  let running: string;

  before(async () => {
    api = await extensionApi();
    running = path.join(folderPath(), '.loops/.running');
    await mkdir(running, { recursive: true });
  });

  const write = async (name: string, content: string): Promise<void> => {
    const file = path.join(running, name);
    await writeFile(`${file}.part`, content);
    await rm(file, { force: true });
    await (await import('node:fs/promises')).rename(`${file}.part`, file);
  };

  afterEach(async () => {
    for (const { lock } of api.folders.picture.locks) await rm(lock.file, { force: true });
    await until('no lock is left', () => api.folders.picture.locks.length === 0);
  });

  it('stays text in hover and tree: no link, no command, no reordering', async () => {
    const name =
      '[click](command:workbench.action.closeWindow) https://evil.example www.evil.example a@evil.example <b>\u202egnp.exe $(trash)\u001b[2J';
    await write(
      'evil.lock',
      JSON.stringify({
        loop_name: name,
        scope: [path.join(folderPath(), 'docs')],
        pid: process.pid,
        started_at: 'never',
      }),
    );
    await until('a row', () => rows(api).some((row) => row.includes('click')));
    const node = nodeOf(api, 'click');
    const item = api.tree.getTreeItem(node);
    assert.ok(!/[\u001b\u202e]/.test(rowText(item)), 'no control characters in the row');
    const { tooltip } = api.tree.resolveTreeItem(item, node);
    assert.ok(tooltip instanceof vscode.MarkdownString);
    assert.ok(!tooltip.isTrusted && !tooltip.supportHtml);
    assert.ok(!tooltip.value.includes('[click](command:'), tooltip.value);
    assert.ok(tooltip.value.includes('\\[click\\]'), 'its markup is escaped');
    for (const link of ['://', 'www.', 'a@']) assert.ok(!tooltip.value.includes(link), `no link begins with ${link}`);
  });

  it('that is no record is shown as malformed, blocks nobody, and only force deletes it', async () => {
    await write('broken.lock', '{"loop_name": "half');
    await until('a row', () => rows(api).some((row) => row.includes('malformed')));
    assert.equal(api.tree.getTreeItem(nodeOf(api, 'malformed')).contextValue, 'lock.malformed');
    assert.equal(api.tree.view.badge, undefined);
    api.answerWith({ confirm: () => Promise.resolve(true) });
    await vscode.commands.executeCommand('workspaceLocks.forceRelease', nodeOf(api, 'malformed'));
    assert.deepEqual(rows(api), []);
  });
});
