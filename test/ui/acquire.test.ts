import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Started } from '../real/started.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';
import { ToolHome } from '../real/tools.ts';
import { waitFor } from '../real/waitFor.ts';
import { openWorkbench, type Workbench } from '../vscode/workbench.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const pictures = process.env['WLOCK_SCREENSHOT_DIR'] ?? path.join(repository, 'dist/test/pictures');

describe('A person who takes a lock', () => {
  let root: TemporaryRoot;
  let started: Started;
  let tools: ToolHome;
  let workbench: Workbench;

  beforeEach(async () => {
    root = new TemporaryRoot();
    started = new Started();
    tools = new ToolHome(root, started);
    fs.writeFileSync(root.in('src', 'b.py'), '');
    fs.writeFileSync(root.in('src', 'c.ts'), '');
    workbench = await openWorkbench({
      folder: root.path,
      extensionDevelopmentPath: repository,
      say: () => undefined,
      env: tools.environment,
      settings: { 'workbench.colorTheme': 'Dark 2026' },
    });
  });

  afterEach(async () => {
    await started.endAll();
    await workbench.close();
    root[Symbol.dispose]();
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
    await workbench.screenshot(path.join(pictures, 'acquire-with-sight.png'));

    await input.fill('src/*.ts');
    await widget.getByText('1 file now · free · obeyed by little-loops, claude-swarm').first().waitFor();
    await page.keyboard.press('Enter');
    await widget.getByText('Why do you lock src/*.ts?').waitFor();
    await input.fill('tidying up');
    await page.keyboard.press('Enter');
    await widget.getByText('For how long?').waitFor();
    await input.fill('2h');
    await page.keyboard.press('Enter');
    const row = workbench.treeRow('src/*.ts');
    await row.waitFor();
    assert.match((await row.getAttribute('aria-label')) ?? '', /expires in 1 h/);
    const [record = ''] = root.records().filter((name) => name.startsWith('wlock-'));
    assert.match(fs.readFileSync(path.join(root.running, record), 'utf8'), /tidying up/);
  });
});
