import { toolNames, type ToolHome } from '../real/tools.ts';
import { waitFor } from '../real/waitFor.ts';
import type { Workbench } from '../vscode/workbench.mjs';
import { Scene } from './scene.ts';

describe('A person in a workspace of four tools', () => {
  let scene: Scene;
  let tools: ToolHome;
  let workbench: Workbench;

  beforeEach(async () => {
    ({ scene, tools } = Scene.ofFourTools());
    workbench = await scene.open();
  });

  afterEach(async () => {
    await scene.end();
  });

  it('sees the locks of all four in one tree, with the two that collide on top, and groups them', async () => {
    await workbench.showView('Locks');
    for (const tool of toolNames) {
      const peer = tools.start(tool, 1_000);
      await waitFor(`${tool} holds`, () => peer.output.includes('acquired'));
    }
    for (const name of ['nightly', 'agent-7', 'main/work', 'session work']) await workbench.treeRow(name).waitFor();
    await workbench.treeRow('Conflict: nightly and agent-7').waitFor();
    const collision = '1 conflict: two holders each think they are alone';
    await waitFor('the badge', async () => (await workbench.viewBadge('Locks')).includes(collision));
    await scene.picture(workbench, 'four-tools');

    await workbench.runCommand('Workspace Locks: Group By');
    await workbench.page.locator('.quick-input-widget').getByText('By tool', { exact: true }).click();
    for (const tool of ['agentwire', 'claude-swarm', 'loops', 'openclaw']) await workbench.treeRow(tool).waitFor();
    await scene.picture(workbench, 'four-tools-grouped');
  });
});
