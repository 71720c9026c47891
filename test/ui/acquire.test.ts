import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ToolHome } from '../real/tools.ts';
import { waitFor } from '../real/waitFor.ts';
import type { Workbench } from '../vscode/workbench.mjs';
import { Scene } from './scene.ts';

describe('A person who takes a lock', () => {
  let scene: Scene;
  let tools: ToolHome;
  let workbench: Workbench;

  beforeEach(async () => {
    ({ scene, tools } = Scene.ofFourTools());
    fs.writeFileSync(scene.in('src', 'b.py'), '');
    fs.writeFileSync(scene.in('src', 'c.ts'), '');
    workbench = await scene.open();
  });

  afterEach(async () => {
    await scene.end();
  });

  it('sees which files a pattern means, who is in the way and which tools obey, and says why and for how long', async () => {
    await workbench.showView('Locks');
    const peer = tools.start('claude-swarm', 1_000);
    await waitFor('an agent holds src/a.py', () => peer.output.includes('acquired'));
    await workbench.treeRow('agent-7').waitFor();
    await workbench.runCommand('Workspace Locks: Acquire Lock on');
    const { page } = workbench;
    const widget = page.locator('.quick-input-widget:visible');
    const input = widget.locator('input[type=text]').first();
    await input.fill('src/*.py');
    await widget.getByText('2 files now · in the way: agent-7 (claude-swarm)').first().waitFor();
    await widget.getByText('src/b.py').first().waitFor();
    await scene.picture(workbench, 'acquire-with-sight');

    await input.fill('src/*.ts');
    await widget.getByText('1 file now · free · obeyed by little-loops, claude-swarm').first().waitFor();
    await input.press('Enter');
    await widget.getByText('Why do you lock src/*.ts?').waitFor();
    await input.fill('tidying up');
    await input.press('Enter');
    await widget.getByText('For how long?').waitFor();
    await input.fill('2h');
    await input.press('Enter');
    const row = workbench.treeRow('src/*.ts');
    await row.waitFor();
    assert.match((await row.getAttribute('aria-label')) ?? '', /expires in 1 h/);
    const [record = ''] = scene.root.records().filter((name) => name.startsWith('wlock-'));
    assert.match(fs.readFileSync(path.join(scene.root.running, record), 'utf8'), /tidying up/);
  });

  it('gets what he has typed last, however fast he presses Enter', async () => {
    // So many that their number is not there at once.
    for (let i = 0; i < 40; i++) {
      fs.mkdirSync(scene.in('many', String(i)), { recursive: true });
      for (let j = 0; j < 250; j++) fs.writeFileSync(scene.in('many', String(i), `${j}.txt`), '');
    }
    await workbench.runCommand('Workspace Locks: Acquire Lock on');
    const { page } = workbench;
    const widget = page.locator('.quick-input-widget:visible');
    const input = widget.locator('input[type=text]').first();
    await input.fill('src');
    await widget.getByText('Lock src', { exact: true }).first().waitFor();
    await input.fill('**/*7.ts');
    await input.press('Enter');
    await widget.getByText('Why do you lock **/*7.ts?').waitFor();
    await page.keyboard.press('Escape');
  });

  it('narrows a pattern to one of its files, and is led to the lock in the way', async () => {
    await workbench.showView('Locks');
    const peer = tools.start('claude-swarm', 1_000);
    await waitFor('an agent holds src/a.py', () => peer.output.includes('acquired'));
    await workbench.treeRow('agent-7').waitFor();
    await workbench.runCommand('Workspace Locks: Acquire Lock on');
    const { page } = workbench;
    const widget = page.locator('.quick-input-widget:visible');
    const input = widget.locator('input[type=text]').first();
    await input.fill('src/*.py');
    await widget.locator('.monaco-list-row[aria-label*="src/b.py"]').first().click();
    await widget.getByText('Lock src/b.py').first().waitFor();
    assert.equal(await input.inputValue(), 'src/b.py');
    await input.fill('src/*.py');
    await widget.locator('.monaco-list-row[aria-label*="agent-7 (claude-swarm)"]').last().click();
    await widget.waitFor({ state: 'hidden' });
    await page.locator('.pane-body .monaco-list-row.selected[aria-label*="agent-7"]').waitFor();
  });

  it('is offered Release and Show in the Explorer below a folder that he has locked, and no second lock', async () => {
    await workbench.showView('Explorer');
    const { page } = workbench;
    const folder = workbench.treeRow('src');
    const widget = page.locator('.quick-input-widget:visible');
    const input = widget.locator('input[type=text]').first();
    await workbench.chooseFromMenu(folder, 'Acquire Lock on…', widget.getByText('What is selected'));
    for (const title of ['Lock which files?', 'Why do you lock src?', 'For how long?']) {
      await widget.getByText(title).first().waitFor();
      await input.press('Enter');
    }
    await workbench.statusBarItem('1 lock').waitFor();
    await folder.click();
    const file = page.locator('.explorer-folders-view .monaco-list-row[aria-label^="c.ts"]').first();
    await file.waitFor();
    const offered = async (): Promise<readonly string[]> => {
      await file.click({ button: 'right' });
      const items = page.locator('.monaco-menu [role=menuitem]');
      await items.first().waitFor();
      const texts = await items.allInnerTexts();
      await page.keyboard.press('Escape');
      return texts.map((text) => text.trim()).filter((text) => /Lock/.test(text));
    };
    await waitFor('its menu', async () => (await offered()).join() === 'Release Lock,Show Locks');
  });
});
