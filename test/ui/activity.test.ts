import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import type { FrameLocator } from 'playwright-core';
import { waitFor } from '../real/waitFor.ts';
import type { Workbench } from '../vscode/workbench.mjs';
import { writeAfternoon } from './activityJournal.ts';
import { contrasts } from './contrasts.mjs';
import { isKept } from './keptState.mjs';
import { Scene } from './scene.ts';

describe('A person who looks at the activity', () => {
  let scene: Scene;
  let workbench: Workbench;
  let page: FrameLocator;

  beforeEach(async () => {
    scene = Scene.orchard();
    workbench = await scene.open();
    page = workbench.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  });

  afterEach(async () => {
    await scene.end();
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

  it('is told what to do while nothing has been locked, and sees the first lock of a tool that keeps no journal', async () => {
    await showActivity();
    await page.getByRole('heading', { name: 'Nothing has been locked here yet.' }).waitFor();
    await page.getByText('Workspace Locks: Acquire Lock').waitFor();
    await scene.picture(workbench, 'activity-empty');

    await scene.loop('outside-loop', 'src');
    await page.getByRole('button', { name: /^outside-loop held src for .+: still held\./ }).waitFor();
    await page.getByRole('heading', { name: 'Nothing has been locked here yet.' }).waitFor({ state: 'hidden' });
  });

  it('reads it by keyboard alone, and comes back to where it was', async () => {
    writeAfternoon(scene.folder, Date.now());
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
    await scene.picture(workbench, 'activity-details');
    assert.equal(await press('Escape'), chosen, 'back where it was');
    await details.waitFor({ state: 'hidden' });

    // Somebody takes a lock meanwhile: the picture changes below the reader, who stays where he is.
    await scene.loop('outside-loop', 'src');
    await page.getByRole('button', { name: /^outside-loop held src / }).waitFor();
    assert.equal(await focused(), chosen);
  });

  it('hears the same from a table, seen or not', async () => {
    writeAfternoon(scene.folder, Date.now());
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
    await scene.picture(workbench, 'activity-table');

    await waitFor('VS Code keeps the tab', () => workbench.page.evaluate(isKept, '"tables":true'), 30_000);
    await workbench.reload();
    await page.getByRole('button', { name: 'Show as Table', pressed: true }).waitFor({ timeout: 30_000 });
    await table.getByRole('row', { name: /^docs-sweeper held docs .+ reaped by bob/ }).waitFor();
  });

  it('sees names as text, whatever is in them', async () => {
    writeAfternoon(scene.folder, Date.now());
    const hostile = '<img src=x onerror="document.title=1"><b>[x](command:workbench.action.closeWindow)</b>';
    const line = { at: new Date().toISOString(), event: 'acquired', id: 'evil', holder: hostile, scope: [hostile] };
    appendFileSync(scene.in('.loops/.running/.wlock/journal.jsonl'), `${JSON.stringify(line)}\n`);
    await showActivity();
    await page.locator('.label', { hasText: '<img src=x' }).waitFor();
    assert.equal(await page.locator('img, b, a, [onerror], main script').count(), 0);
    assert.notEqual(await page.locator('body').evaluate(() => document.title), '1');
  });

  it('can tell everything apart in every theme, and nothing moves', async () => {
    writeAfternoon(scene.folder, Date.now());
    await scene.loop('outside-loop', 'src/ui');
    await showActivity();
    await page.getByRole('button', { name: '1 hour' }).click();
    await page.getByRole('button', { name: /^outside-loop held/ }).waitFor();
    for (const [theme, kind, picture] of [
      ['Dark Modern', 'vscode-dark', 'activity'],
      ['Light Modern', 'vscode-light', 'activity-light'],
      ['Dark High Contrast', 'vscode-high-contrast', 'activity-high-contrast'],
      ['Light High Contrast', 'vscode-high-contrast-light', 'activity-high-contrast-light'],
    ] as const) {
      await workbench.chooseTheme(theme);
      await page.locator(`body.${kind}`).waitFor();
      await page.getByRole('button', { name: /^outside-loop held/ }).focus();
      await scene.picture(workbench, picture);
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
