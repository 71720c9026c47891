import * as assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import type { Item, Section } from '../../src/extension/activity/activityMessage.ts';
import type { ExtensionApi } from '../../src/extension/extension.ts';
import { extensionApi, folderPath, until } from './window.ts';

const run = promisify(execFile);

describe('The Activity panel', () => {
  let api: ExtensionApi;

  before(async () => {
    api = await extensionApi();
  });

  afterEach(async () => {
    api.activity.panel?.close();
    await until('the panel is closed', () => api.activity.panel === undefined && panelTabs().length === 0);
    await until('no lock is left', () => api.folders.picture.locks.length === 0);
  });

  const wlock = async (...args: readonly string[]): Promise<string> => {
    const cli = process.env['WLOCK_CLI'];
    assert.ok(cli, 'the runner names the command line in WLOCK_CLI');
    return (await run(process.execPath, [cli, ...args], { cwd: folderPath() })).stdout;
  };

  const show = async (): Promise<void> => {
    await vscode.commands.executeCommand('workspaceLocks.showActivity');
    await until('the page has asked', () => section() !== undefined);
  };
  const panelTabs = (): readonly vscode.Tab[] =>
    vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).filter(({ label }) => label === 'Lock Activity');
  const section = (): Section | undefined => api.activity.panel?.shown?.sections[0];
  const items = (holder: string): readonly Item[] =>
    (section()?.lanes ?? []).flatMap((lane) => lane.items).filter((item) => item.holder === holder);

  it('shows what was held before it was opened, and how that ended', async () => {
    await wlock('run', '--scope', 'docs', '--holder', 'earlier', '--', 'true');
    await show();
    const [item] = items('earlier');
    assert.match(item?.says ?? '', /^earlier held docs for .+: released\.$/);
    assert.ok(section()?.hotSpots.some(([scope]) => scope === 'docs'));
  });

  it('follows what happens while it is open', async () => {
    await show();
    const acquired = JSON.parse(
      await wlock('acquire', '--scope', 'src/ui', '--holder', 'meanwhile', '--pid', String(process.pid), '--json'),
    ) as { lock: { id: string; token: string } };
    await until('the hold', () => items('meanwhile')[0]?.end === 'held');
    const [held] = items('meanwhile');
    await wlock('release', acquired.lock.id, '--token', acquired.lock.token);
    await until('its end', () => items('meanwhile')[0]?.end === 'released');
    assert.equal(items('meanwhile')[0]?.key, held?.key, 'it is drawn as the same one');
  });

  it('is one panel, however often it is asked for', async () => {
    await show();
    const { panel } = api.activity;
    await vscode.commands.executeCommand('workspaceLocks.showActivity');
    assert.equal(api.activity.panel, panel);
    assert.equal(panelTabs().length, 1);
  });

  it('keeps names out of the page’s markup, and what hides or reorders text out of the message', async () => {
    const hostile = '<img src=x onerror=alert(1)>\u202egnp.exe\u0007';
    const line = { at: new Date().toISOString(), event: 'acquired', id: 'evil', holder: hostile, scope: [hostile] };
    await wlock('run', '--scope', 'docs', '--holder', 'first', '--', 'true'); // makes the folder of the journal
    await appendFile(path.join(folderPath(), '.loops/.running/.wlock/journal.jsonl'), `${JSON.stringify(line)}\n`);
    await show();
    const message = JSON.stringify(api.activity.panel?.shown);
    assert.ok(message.includes('<img src=x onerror=alert(1)>'), 'it is shown as it is');
    assert.ok(!/[\u202e\u0007]|\\u0007/.test(message), 'what cannot be seen is written out');
    const html = api.activity.panel?.html ?? '';
    assert.ok(!html.includes('onerror'));
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';
    assert.match(policy, /^default-src 'none'; style-src [^;]+; script-src 'nonce-[\w+/=]+'$/);
    assert.ok(!policy.includes('unsafe'), policy);
  });
});
