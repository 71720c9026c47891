import * as assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeFileSystem } from '../../src/os/fileSystems.ts';
import type { Locator } from 'playwright-core';
import { waitFor } from '../real/waitFor.ts';
import { findBindfs } from '../setup/bindfs.mjs';
import { removeFolder } from '../setup/removeFolder.mjs';
import { openWorkbench, type Workbench } from '../vscode/workbench.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const pictures = process.env['WLOCK_SCREENSHOT_DIR'] ?? path.join(repository, 'dist/test/pictures');

describe('The tree in the window', () => {
  let parent: string;
  let folder: string;
  let workbench: Workbench;
  let holder: ChildProcess;

  const open = (options: { folder?: string; workspaceTrust?: boolean } = {}): Promise<Workbench> =>
    openWorkbench({ folder, extensionDevelopmentPath: repository, say: () => undefined, ...options });

  const writeLock = (name: string, scope: string): void => {
    const running = path.join(folder, '.loops/.running');
    mkdirSync(running, { recursive: true });
    const record = {
      loop_name: name,
      scope: [scope],
      pid: holder.pid,
      started_at: new Date(Date.now() + 100).toISOString(),
    };
    writeFileSync(path.join(running, `${name}-20261121T120000.lock`), JSON.stringify(record));
  };

  const welcome = async (text: string, picture: string): Promise<void> => {
    await workbench.showView('Locks');
    await workbench.page.locator('.pane-body').getByText(text).first().waitFor();
    await workbench.screenshot(path.join(pictures, `${picture}.png`));
  };

  const focusedRow = (labelStart: string): Locator =>
    workbench.page.locator(`.pane-body .monaco-list-row.focused[aria-label^="${labelStart}"]`);

  /**
   * VS Code acts upon a key a while after it was pressed, and drops it where the view that is being shown does not have the
   * focus yet: so a key is pressed again only where nothing has come of it.
   */
  const pressUntil = async (key: string, effect: Locator): Promise<void> => {
    await waitFor(`the effect of ${key}`, async () => {
      await workbench.page.keyboard.press(key);
      return await effect.waitFor({ timeout: 2_000 }).then(
        () => true,
        () => false,
      );
    });
  };

  beforeEach(() => {
    parent = realpathSync(mkdtempSync(path.join(tmpdir(), 'wlock-tree-')));
    folder = path.join(parent, 'orchard');
    for (const file of ['src/api/routes.ts', 'docs/guide.md']) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), 'one\ntwo\n');
    }
    mkdirSync(path.join(folder, '.git'));
    holder = spawn('sleep', ['600'], { stdio: 'ignore' });
  });

  afterEach(async () => {
    holder.kill('SIGKILL');
    await workbench.close();
    removeFolder(parent);
  });

  it('is walked by keyboard alone: to a scope and its file, to the menu and Release', async () => {
    workbench = await open();
    const { keyboard } = workbench.page;
    await workbench.openFile('routes.ts');
    await workbench.runCommand('Workspace Locks: Acquire Lock');
    await workbench.statusBarItem('Locked by you').waitFor();
    await keyboard.press('Control+K');
    await keyboard.press('Control+W'); // the file is opened from the tree below
    await workbench.page.locator('.editor-instance .monaco-editor').waitFor({ state: 'detached' });

    await workbench.runCommand('Workspace Locks: Show Locks');
    await workbench.treeRow('yours').waitFor();
    const lock = (await workbench.treeRow('yours').getAttribute('aria-label')) ?? '';
    for (const part of ['src/api/routes.ts', 'live', 'Held by a running process']) assert.ok(lock.includes(part), part);
    const holder = lock.slice(0, lock.indexOf(','));
    await pressUntil('Home', focusedRow(holder));
    await pressUntil('ArrowRight', workbench.treeRow('Token')); // where it is pressed twice, it steps down to the first child
    await pressUntil('Home', focusedRow(holder));
    await pressUntil('ArrowDown', focusedRow('src/api/routes.ts'));
    await pressUntil('Enter', workbench.page.locator('.tab.active', { hasText: 'routes.ts' }));

    await workbench.runCommand('Workspace Locks: Show Locks');
    await pressUntil('Home', focusedRow(holder));
    await pressUntil('Shift+F10', workbench.page.getByRole('menuitem', { name: 'Release Lock' }));
    const item = workbench.page.locator('.monaco-menu .action-item.focused', { hasText: 'Release Lock' });
    for (let i = 0; i < 10 && !(await item.isVisible()); i++) {
      await keyboard.press('ArrowDown');
    }
    await item.waitFor();
    await workbench.screenshot(path.join(pictures, 'tree-menu-by-keyboard.png'));
    await keyboard.press('Enter');
    await workbench.page.getByText('No locks: nobody holds').waitFor();
  });

  it('offers its commands with titles', async () => {
    workbench = await open();
    writeLock('nightly-loop', 'src/api');
    await workbench.showView('Locks');
    await workbench.treeRow('nightly-loop').waitFor();
    const actions = workbench.page.locator('.part.sidebar .title-actions .action-label');
    await workbench.page.locator('.part.sidebar .title-actions .action-label[aria-label="Refresh"]').waitFor();
    const titles = await actions.evaluateAll((all) => all.map((each) => each.getAttribute('aria-label') ?? ''));
    assert.ok(titles.length >= 4 && titles.every((title) => title !== ''), titles.join());
    await workbench.page.locator('.part.sidebar .title-actions .action-label[aria-label*="More Actions"]').click();
    for (const name of ['Show Conflicts', 'Group By…', 'Sort Locks…', 'Filter by Tool…', 'Open Configuration']) {
      await workbench.page.getByRole('menuitem', { name }).waitFor();
    }
    await workbench.screenshot(path.join(pictures, 'tree-title-menu.png'));
  });

  it('says in the status bar that there are no conflicts', async () => {
    workbench = await open();
    await workbench.runCommand('Workspace Locks: Show Conflicts');
    await workbench.page.locator('.part.statusbar').getByText('No lock conflicts.').waitFor();
    assert.equal(await workbench.page.locator('.notification-list-item').count(), 0);
  });

  it('says that no folder is open', async () => {
    workbench = await open({ folder: undefined });
    await welcome('Open a folder to see the locks in it.', 'empty-no-folder');
  });

  it('says that there is no lock directory yet, then that nobody holds a lock', async () => {
    workbench = await open();
    await welcome('Nothing is locked here, and there is no lock directory yet', 'empty-no-store');
    mkdirSync(path.join(folder, '.loops/.running'), { recursive: true });
    await workbench.runCommand('Workspace Locks: Refresh');
    await welcome('No locks: nobody holds', 'empty-no-locks');
  });

  it('says that locks cannot be taken on a network file system', async () => {
    const mounted = path.join(parent, 'mounted');
    mkdirSync(mounted);
    const bindfs = spawn(await findBindfs(), ['-f', folder, mounted], { stdio: 'ignore' });
    try {
      await waitFor('bindfs', () => describeFileSystem(mounted) === 'FUSE');
      workbench = await open({ folder: mounted });
      await welcome('Locks cannot be taken here', 'empty-unsupported');
      await workbench.close(); // whose processes keep the folder busy
    } finally {
      execFileSync('umount', [mounted]);
      bindfs.kill();
    }
  });

  it('says that an untrusted workspace only shows locks', async () => {
    workbench = await open({ workspaceTrust: true });
    await welcome('In an untrusted workspace locks are only shown.', 'empty-untrusted');
  });

  it('says how many locks the filter hides, and shows them by Enter', async () => {
    workbench = await open();
    writeLock('nightly-loop', 'src/api');
    writeLock('docs-sweeper', 'docs');
    await workbench.showView('Locks');
    await workbench.treeRow('docs-sweeper').waitFor();
    await workbench.runCommand('Workspace Locks: Filter by Tool…');
    await workbench.page.locator('.quick-input-list .monaco-list-row[aria-label^="loops"]').click(); // unchecks it
    await workbench.page.locator('.quick-input-widget:visible input[type=text]').first().press('Enter');
    await workbench.treeRow('2 locks hidden by the filter').waitFor();
    await workbench.screenshot(path.join(pictures, 'empty-filtered.png'));
    await workbench.runCommand('Workspace Locks: Show Locks');
    await pressUntil('Home', focusedRow('2 locks hidden by the filter'));
    await workbench.page.keyboard.press('Enter');
    await workbench.treeRow('docs-sweeper').waitFor();
  });

  it('says why the lock directory cannot be read', async () => {
    mkdirSync(path.join(folder, '.loops'));
    writeFileSync(path.join(folder, '.loops/.running'), 'in the way');
    workbench = await open();
    await welcome('cannot be read', 'empty-unreadable');
    rmSync(path.join(folder, '.loops/.running'));
    await workbench.runCommand('Workspace Locks: Refresh');
    await workbench.page.getByText('Nothing is locked here, and there is no lock directory yet').waitFor();
  });
});
