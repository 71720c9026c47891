import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FrameLocator } from 'playwright-core';
import { TemporaryRoot } from '../real/temporaryRoot.ts';
import { waitFor } from '../real/waitFor.ts';
import { openWorkbench, type Workbench } from '../vscode/workbench.mjs';
import { writeAfternoon } from './activityJournal.ts';
import { contrasts } from './contrasts.mjs';
import { isKept } from './keptState.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const peer = path.join(repository, 'test/peers/little_loops.py');
const pictures = process.env['WLOCK_SCREENSHOT_DIR'] ?? path.join(repository, 'dist/test/pictures');

describe('A person who looks at the activity', () => {
  let root: TemporaryRoot;
  let folder: string;
  let workbench: Workbench;
  let page: FrameLocator;
  let children: ChildProcess[];

  beforeEach(async () => {
    root = new TemporaryRoot();
    folder = root.in('orchard');
    mkdirSync(path.join(folder, '.git'), { recursive: true });
    mkdirSync(path.join(folder, 'src/ui'), { recursive: true });
    children = [];
    workbench = await openWorkbench({
      folder,
      extensionDevelopmentPath: repository,
      say: () => undefined,
      settings: { 'workbench.colorTheme': 'Dark 2026' },
    });
    page = workbench.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  });

  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await workbench.close();
    root[Symbol.dispose]();
  });

  const showActivity = async (): Promise<void> => {
    await workbench.runCommand('Workspace Locks: Show Activity');
    await page.getByRole('heading', { name: 'Lock Activity' }).waitFor();
  };

  /** Name of the element that the keyboard is on, in the page. */
  const focused = async (): Promise<string> =>
    await page.locator('body').evaluate(() => {
      const element = document.activeElement;
      return (element?.querySelector('title')?.textContent ?? element?.textContent ?? '').trim();
    });

  const press = async (...keys: readonly string[]): Promise<string> => {
    for (const key of keys) await workbench.page.keyboard.press(key);
    return await focused();
  };

  const chooseTheme = async (theme: string): Promise<void> => {
    await workbench.runCommand('Preferences: Color Theme');
    const row = workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: theme }).first();
    await workbench.page.locator('.quick-input-widget:visible input[type=text]').first().fill(theme);
    await row.click();
    await row.waitFor({ state: 'hidden' });
  };

  it('is told what to do while nothing has been locked, and sees the first lock of a tool that keeps no journal', async () => {
    await showActivity();
    await page.getByRole('heading', { name: 'Nothing has been locked here yet.' }).waitFor();
    await page.getByText('Workspace Locks: Acquire Lock').waitFor();
    await workbench.screenshot(path.join(pictures, 'activity-empty.png'));

    const args = [peer, '--root', folder, 'acquire', '--name', 'outside-loop', '--scope', 'src', '--hold', '600'];
    children.push(spawn('python3', args, { stdio: 'ignore' }));
    await page.getByRole('button', { name: /^outside-loop held src for .+: still held\./ }).waitFor();
    await page.getByRole('heading', { name: 'Nothing has been locked here yet.' }).waitFor({ state: 'hidden' });
  });

  it('reads it by keyboard alone, and comes back to where it was', async () => {
    writeAfternoon(folder, Date.now());
    await showActivity();
    await page.getByRole('button', { name: '1 hour' }).click();
    await page.getByRole('button', { name: '1 hour', pressed: true }).waitFor();
    const order = [];
    for (let stops = 0; stops < 4; stops++) order.push(await press('Tab'));
    assert.deepEqual(order.slice(0, 3), ['24 hours', 'All', 'Show as Table']);
    assert.match(order[3] ?? '', /^agent-9 waited for src\/api for 5 min: gave up\./, 'the newest of the hottest');

    assert.match(
      await press('ArrowLeft'),
      /^nightly-loop held src\/api for 12 min: released by force by alice, pid 812\./,
    );
    assert.match(await press('Home'), /^nightly-loop held src\/api for 14 min: released\./);
    const down = await press('ArrowDown');
    assert.match(down, / held (docs|src\/\S+) /);
    assert.match(await press('ArrowUp'), /src\/api/);
    const chosen = await focused();

    await press('Enter');
    const details = page.getByRole('complementary', { name: 'Details' });
    await details.waitFor();
    assert.ok(chosen.startsWith((await details.locator('.says').textContent()) ?? '?'));
    await workbench.screenshot(path.join(pictures, 'activity-details.png'));
    assert.equal(await press('Escape'), chosen, 'back where it was');
    await details.waitFor({ state: 'hidden' });

    // Somebody takes a lock meanwhile: the picture changes below the reader, who stays where he is.
    const args = [peer, '--root', folder, 'acquire', '--name', 'outside-loop', '--scope', 'src', '--hold', '600'];
    children.push(spawn('python3', args, { stdio: 'ignore' }));
    await page.getByRole('button', { name: /^outside-loop held src / }).waitFor();
    assert.equal(await focused(), chosen);
  });

  it('hears the same from a table, seen or not', async () => {
    writeAfternoon(folder, Date.now());
    await showActivity();
    const table = page.getByRole('table', { name: 'All that is shown above, the newest first' });
    await table.getByRole('row', { name: /^docs-sweeper held docs .+ reaped by bob/ }).waitFor({ state: 'attached' });
    assert.deepEqual(await table.getByRole('columnheader').allTextContents(), [
      'Holder',
      'What',
      'Scope',
      'From',
      'To',
      'How long',
      'Outcome',
    ]);
    const rows = await table.getByRole('rowheader').count();
    assert.equal(await page.locator('.timeline').getByRole('button').count(), rows, 'as many as in the timeline');
    assert.deepEqual(
      await page.getByRole('table', { name: 'Hot spots' }).getByRole('row').nth(1).getByRole('cell').allTextContents(),
      ['5', '5', '13 min'],
    );
    await page.getByRole('table', { name: 'Longest waits' }).getByRole('rowheader', { name: 'agent-7' }).waitFor();

    const seen = async (): Promise<number> => (await table.locator('..').boundingBox())?.width ?? 0;
    assert.ok((await seen()) <= 1);
    await page.getByRole('button', { name: 'Show as Table' }).click();
    await page.getByRole('button', { name: 'Show as Table', pressed: true }).waitFor();
    assert.ok((await seen()) > 300);
    await table.scrollIntoViewIfNeeded();
    await workbench.screenshot(path.join(pictures, 'activity-table.png'));

    await waitFor('VS Code keeps the tab', () => workbench.page.evaluate(isKept, '"tables":true'), 30_000);
    await workbench.reload();
    await page.getByRole('button', { name: 'Show as Table', pressed: true }).waitFor({ timeout: 30_000 });
    await table.getByRole('row', { name: /^docs-sweeper held docs .+ reaped by bob/ }).waitFor();
  });

  it('sees names as text, whatever is in them', async () => {
    writeAfternoon(folder, Date.now());
    const hostile = '<img src=x onerror="document.title=1"><b>[x](command:workbench.action.closeWindow)</b>';
    const line = { at: new Date().toISOString(), event: 'acquired', id: 'evil', holder: hostile, scope: [hostile] };
    appendFileSync(path.join(folder, '.loops/.running/.wlock/journal.jsonl'), `${JSON.stringify(line)}\n`);
    await showActivity();
    await page.locator('.label', { hasText: '<img src=x' }).waitFor();
    assert.equal(await page.locator('img, b, a, [onerror], main script').count(), 0);
    assert.notEqual(await page.locator('body').evaluate(() => document.title), '1');
  });

  it('can tell everything apart in every theme, and nothing moves', async () => {
    writeAfternoon(folder, Date.now());
    const args = [peer, '--root', folder, 'acquire', '--name', 'outside-loop', '--scope', 'src/ui', '--hold', '600'];
    children.push(spawn('python3', args, { stdio: 'ignore' }));
    await showActivity();
    await page.getByRole('button', { name: '1 hour' }).click();
    await page.getByRole('button', { name: /^outside-loop held/ }).waitFor();
    for (const [theme, kind, picture] of [
      ['Dark Modern', 'vscode-dark', 'activity-dark.png'],
      ['Light Modern', 'vscode-light', 'activity-light.png'],
      ['Dark High Contrast', 'vscode-high-contrast', 'activity-high-contrast.png'],
      ['Light High Contrast', 'vscode-high-contrast-light', 'activity-high-contrast-light.png'],
    ] as const) {
      await chooseTheme(theme);
      await page.locator(`body.${kind}`).waitFor();
      await page.getByRole('button', { name: /^outside-loop held/ }).focus();
      await workbench.screenshot(path.join(pictures, picture));
      for (const { what, ratio, least } of await page.locator('body').evaluate(contrasts)) {
        assert.ok(ratio >= least, `${theme}: ${what} has a contrast of ${ratio.toFixed(2)}, not ${least}`);
      }
    }
    assert.equal(await page.locator('body').evaluate(() => document.getAnimations().length), 0);
    await waitFor('the page keeps its range', async () =>
      page.getByRole('button', { name: '1 hour', pressed: true }).isVisible(),
    );
  });
});
