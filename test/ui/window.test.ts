import * as assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { describeFileSystem } from '../../src/os/fileSystems.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';
import { waitFor } from '../real/waitFor.ts';
import { findBindfs } from '../setup/bindfs.mjs';
import { Workbench } from '../vscode/workbench.mjs';
import { seeBadges, seeOutsideLocks } from './flows.ts';
import { Scene } from './scene.ts';

const boundMs = 30_000;

describe('A person at the window', () => {
  let scene: Scene;
  let workbench: Workbench;

  beforeEach(() => {
    scene = Scene.orchard();
  });

  afterEach(async () => {
    await scene.end();
  });

  it('sees who holds what: tree, Explorer badge, gutter, status bar, in every theme', async () => {
    workbench = await scene.open();
    await seeOutsideLocks(workbench, scene);
    await scene.picture(workbench, 'tree-and-editor');
    for (const [theme, picture] of [
      ['Light 2026', 'tree-and-editor-light'],
      ['Dark High Contrast', 'tree-and-editor-high-contrast'],
    ] as const) {
      await workbench.chooseTheme(theme);
      await scene.picture(workbench, picture);
    }
    await seeBadges(workbench, scene);
  });

  it('keeps the window’s locks over a reload, and loses them with the window', async () => {
    workbench = await scene.open();
    await workbench.openFile('routes.ts');
    await workbench.runCommand('Workspace Locks: Acquire Lock');
    await workbench.statusBarItem('Locked by you').waitFor();
    const [before] = await scene.liveLocks();
    assert.ok(before);
    assert.equal((await scene.loop('greedy-loop', 'src/api')).got, false);

    await workbench.reload();
    await workbench.openFile('routes.ts'); // a reload just after opening may come before VS Code has noted the editor
    await workbench.statusBarItem('Locked by you').waitFor({ timeout: boundMs });
    const [after] = await scene.liveLocks();
    assert.equal(after?.id, before.id, 'it is the same lock');
    assert.equal(after.token, before.token);
    assert.notEqual(after.pid, before.pid, 'held by the new window’s keeper');
    assert.equal((await scene.loop('greedy-loop', 'src/api')).got, false);

    await workbench.page.close({ runBeforeUnload: true });
    const closed = performance.now();
    await waitFor('the lock ends with the window', async () => (await scene.liveLocks()).length === 0, boundMs);
    console.log(
      `      latency: window closed to lock given back: ${Math.round(performance.now() - closed)} ms (a reload may take 15 s)`,
    );
    assert.ok((await scene.loop('patient-loop', 'src/api')).got);
  });

  it('keeps them over a reload also where another window is open on the same workspace', async () => {
    workbench = await scene.open();
    await workbench.openFile('routes.ts');
    await workbench.runCommand('Workspace Locks: Acquire Lock');
    await workbench.statusBarItem('Locked by you').waitFor();
    const [before] = await scene.liveLocks();

    // Another tab of the same browser: the two share the workspace's state, and nothing else.
    const other = await workbench.page.context().newPage();
    await other.goto(workbench.page.url());
    const second = new Workbench(workbench.server, workbench.browser, other);
    // It may open the editor of the other by itself, so whether it counts the locks or names this one is a matter of time.
    await second.statusBarItem('Workspace Locks').waitFor({ timeout: boundMs });
    await second.openFile('routes.ts');
    await second.statusBarItem('Locked by ').waitFor();
    await second.runCommand('Workspace Locks: Acquire Lock');
    await second.notification('Held by a running process');
    assert.equal((await scene.liveLocks()).length, 1);
    // The other window has given up looking for a predecessor's locks, and leaves them to the one that lives.
    const opened = performance.now();
    await workbench.page.waitForFunction((ms) => performance.now() > ms, (await now(workbench)) + 6_000);
    assert.ok(performance.now() - opened > 5_000);
    assert.equal((await scene.liveLocks())[0]?.pid, before?.pid);

    await workbench.reload();
    await workbench.openFile('routes.ts');
    await workbench.statusBarItem('Locked by you').waitFor({ timeout: boundMs });
    assert.equal((await scene.liveLocks())[0]?.id, before?.id);
    await other.close();
  });

  it('only sees locks while the workspace is not trusted', async () => {
    workbench = await scene.open({ workspaceTrust: true });
    await scene.loop('nightly-loop', 'src/api');
    await workbench.showView('Locks');
    await workbench.treeRow('nightly-loop').waitFor();
    await workbench.page.keyboard.press('F1');
    const input = workbench.page.locator('.quick-input-widget:visible input[type=text]').first();
    await input.fill('>Workspace Locks:');
    await workbench.page
      .locator('.quick-input-list .monaco-list-row[aria-label^="Workspace Locks: Refresh"]')
      .waitFor();
    assert.equal(
      await workbench.page
        .locator('.quick-input-list .monaco-list-row[aria-label^="Workspace Locks: Acquire Lock"]')
        .count(),
      0,
    );
    await workbench.page.keyboard.press('Escape');
    const wlock = path.join(workbench.server.storage, 'workspace-locks.workspace-locks', 'bin', 'wlock');
    assert.equal(existsSync(wlock), false, 'nor do terminals get ours');
    await workbench.trustFolder();
    await waitFor('wlock for terminals', () => existsSync(wlock));
    await workbench.openFile('guide.md');
    await workbench.runCommand('Workspace Locks: Acquire Lock');
    await workbench.statusBarItem('Locked by you').waitFor();
  });

  it('is told what to do where no folder is open', async () => {
    workbench = await scene.open({ folder: undefined });
    await workbench.showView('Locks');
    await workbench.page.getByText('Open a folder to see the locks in it.').waitFor();
    await workbench.runCommand('Workspace Locks: Acquire Lock on');
    await workbench.notification('No folder is open.');
    await workbench.runCommand('Workspace Locks: Diagnose');
    await workbench.page.locator('.view-line', { hasText: 'No folder is open.' }).waitFor();
  });

  it('is told why nothing can be locked on a network file system', async () => {
    using mounted = new TemporaryRoot();
    const bindfs = scene.started.add(spawn(await findBindfs(), ['-f', scene.folder, mounted.path]));
    await waitFor(`bindfs: ${bindfs.errors}`, () => describeFileSystem(mounted.path) === 'FUSE');
    try {
      workbench = await scene.open({ folder: mounted.path });
      await workbench.showView('Locks');
      await workbench.page.getByText('cannot be taken').waitFor();
      await scene.picture(workbench, 'unsupported');
    } finally {
      await scene.end(); // the window first: it looks into the folder
      execFileSync('umount', [mounted.path]);
    }
  });
});

/** The page's own clock, ms. */
function now({ page }: Workbench): Promise<number> {
  return page.evaluate(() => performance.now());
}
