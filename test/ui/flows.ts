/** What a person does in the window and sees there; the same with the extension in development and installed. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { waitFor } from '../real/waitFor.ts';
import type { Workbench } from '../vscode/workbench.mjs';
import type { Scene } from './scene.ts';

/** Somebody else's lock: in the tree, the view's badge, the status bar, beside line 1, and in the Explorer. */
export async function seeOutsideLocks(workbench: Workbench, scene: Scene): Promise<void> {
  await workbench.showView('Locks');
  await workbench.page.getByText('Nothing is locked here, and there is no lock directory yet').waitFor();
  await scene.picture(workbench, 'empty');
  const started = performance.now();
  assert.ok((await scene.loop('nightly-loop', 'src/api')).got);
  await workbench.treeRow('nightly-loop').waitFor();
  const ms = Math.round(performance.now() - started);
  console.log(`      latency: outside process started to pixels in the tree: ${ms} ms`);
  assert.ok((await scene.loop('docs-sweeper', 'docs')).got);
  await workbench.treeRow('docs-sweeper').waitFor();
  await waitFor('the badge', async () => (await workbench.viewBadge('Locks')).includes('2 locks held by others'));

  await workbench.openFile('routes.ts');
  await workbench.statusBarItem('Locked by nightly-loop').waitFor();
  await workbench.page.locator('.monaco-editor .margin .cgmr').first().waitFor(); // the icon beside line 1
  await workbench.treeRow('nightly-loop').click();
  await workbench.page.keyboard.press('ArrowRight');
  await workbench.treeRow('Process ').waitFor(); // below it: its own label has only "process"
}

export async function seeBadges(workbench: Workbench, scene: Scene): Promise<void> {
  await workbench.showView('Explorer');
  await workbench.treeRow('src').waitFor();
  for (const name of ['routes.ts', 'apples.ts', 'api', 'docs']) {
    await waitFor(`a badge on ${name}`, async () => (await workbench.explorerDecoration(name)).badge === 'L');
  }
  await scene.picture(workbench, 'explorer');
}

/** In the editor of a file that `holder` has locked. */
export async function beWarned(workbench: Workbench, scene: Scene, file: string, holder: string): Promise<void> {
  await workbench.openFile(file);
  await workbench.statusBarItem(`Locked by ${holder}`).waitFor();
  await workbench.typeInEditor('x');
  const said = await workbench.notification(`is locked by ${holder}`);
  assert.match(said, new RegExp(`^\\S*${file} is locked by ${holder} for .+\\. Held by a running process`));
  await scene.picture(workbench, 'warned');
  await workbench.notification(`is locked by ${holder}`, 'Edit Anyway');
  await workbench.runCommand('File: Revert File');
}

export async function acquireAndRelease(workbench: Workbench, scene: Scene, file: string): Promise<void> {
  await workbench.openFile(file);
  await workbench.runCommand('Workspace Locks: Acquire Lock');
  await workbench.statusBarItem('Locked by you').waitFor();
  assert.equal((await scene.loop('refused-loop', '.')).got, false);
  await workbench.runCommand('Workspace Locks: Release Lock');
  await workbench.statusBarItem('Locked by you').waitFor({ state: 'detached' });
}

/** A place in the queue, and the lock as soon as the other gives it back. */
export async function waitForLock(workbench: Workbench, scene: Scene, file: string, scope: string): Promise<void> {
  const { got, program } = await scene.loop('busy-loop', scope);
  assert.ok(got);
  await workbench.openFile(file);
  await workbench.statusBarItem('Locked by busy-loop').waitFor();
  await workbench.runCommand('Workspace Locks: Acquire Lock');
  assert.match(await workbench.notification('Locked by busy-loop', 'Wait'), /Held by a running process/);
  await workbench.showView('Locks');
  await workbench.treeRow('1 waiting').waitFor();
  program.kill('SIGTERM');
  await workbench.statusBarItem('Locked by you').waitFor();
  await workbench.runCommand('Workspace Locks: Release Lock');
  await workbench.statusBarItem('Locked by you').waitFor({ state: 'detached' });
}

/** The lock of a loop that was killed, after a look at the evidence. */
export async function reapStale(workbench: Workbench, scene: Scene, scope: string): Promise<void> {
  const { program } = await scene.loop('crashed-loop', scope);
  await workbench.showView('Locks');
  const row = workbench.treeRow('crashed-loop');
  await row.waitFor();
  program.kill('SIGKILL');
  await workbench.treeRow('crashed-loop, ').and(workbench.treeRow('stale')).waitFor();
  await workbench.runCommand('Workspace Locks: Reap Stale Locks');
  const widget = workbench.page.locator('.quick-input-widget:visible');
  await widget.getByText(`Its holder is gone: process ${program.pid} does not exist any more.`).first().waitFor();
  await scene.picture(workbench, 'reap');
  // The palette may give the focus back to the view after the list has been shown.
  await widget.locator('input[type=text]').first().press('Enter');
  await row.waitFor({ state: 'detached' });
}

export async function forceRelease(workbench: Workbench, scene: Scene, scope: string): Promise<void> {
  assert.ok((await scene.loop('stuck-loop', scope)).got);
  await workbench.showView('Locks');
  const row = workbench.treeRow('stuck-loop');
  await row.waitFor();
  await workbench.chooseFromMenu(row, 'Force Release…', workbench.page.locator('.monaco-dialog-box'));
  await scene.picture(workbench, 'force-release');
  const said = await workbench.acceptDialog('Force Release');
  assert.ok(said.includes(`Force-release the lock of stuck-loop on ${scope}?`), said);
  await row.waitFor({ state: 'detached' });
  const left = fs.readdirSync(scene.in('.loops/.running')).filter((name) => name.startsWith('stuck'));
  assert.deepEqual(left, []);
}

export async function readActivity(workbench: Workbench, bar: RegExp): Promise<void> {
  await workbench.runCommand('Workspace Locks: Show Activity');
  const page = workbench.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  await page.getByRole('heading', { name: 'Lock Activity' }).waitFor();
  await page.getByRole('button', { name: bar }).first().waitFor();
}
