import assert from 'node:assert/strict';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Started } from '../real/started.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';
import { ToolHome, toolNames } from '../real/tools.ts';
import { waitFor } from '../real/waitFor.ts';
import { openWorkbench, type Workbench } from '../vscode/workbench.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const pictures = process.env['WLOCK_SCREENSHOT_DIR'] ?? path.join(repository, 'dist/test/pictures');

describe('A person in a workspace of four tools', () => {
  let root: TemporaryRoot;
  let started: Started;
  let tools: ToolHome;
  let workbench: Workbench;

  beforeEach(async () => {
    root = new TemporaryRoot();
    started = new Started();
    tools = new ToolHome(root, started);
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

  it('sees the locks of all four in one tree, with the two that collide on top, and groups them', async () => {
    await workbench.showView('Locks');
    for (const tool of toolNames) {
      const peer = tools.start(tool, 1_000);
      await waitFor(`${tool} holds`, () => peer.output.includes('acquired'));
    }
    for (const name of ['nightly', 'agent-7', 'main/work', 'session work']) await workbench.treeRow(name).waitFor();
    await workbench.treeRow('Conflict: nightly and agent-7').waitFor();
    assert.match(await workbench.viewBadge('Locks'), /1 conflict: two holders each think they are alone/);
    await workbench.screenshot(path.join(pictures, 'four-tools.png'));

    await workbench.runCommand('Workspace Locks: Group By');
    await workbench.page.locator('.quick-input-widget').getByText('By tool', { exact: true }).click();
    for (const tool of ['agentwire', 'claude-swarm', 'loops', 'openclaw']) await workbench.treeRow(tool).waitFor();
    await workbench.screenshot(path.join(pictures, 'four-tools-grouped.png'));
  });
});
