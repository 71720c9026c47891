import * as assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLocks } from '../../src/manager/lockManager.ts';
import { waitFor } from '../real/waitFor.ts';
import { openWorkbench, type Workbench } from '../vscode/workbench.mjs';
import { removeFolder } from '../setup/removeFolder.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const peer = path.join(repository, 'test/peers/little_loops.py');
/** Where the pictures of the run go; the README's come from here. */
const pictures = process.env['WLOCK_SCREENSHOT_DIR'] ?? path.join(repository, 'dist/test/pictures');
const boundMs = 30_000;

describe('A person at the window', () => {
  let folder: string;
  let workbench: Workbench;
  let children: ChildProcess[];

  const open = (options: { workspaceTrust?: boolean; settings?: Record<string, unknown> } = {}): Promise<Workbench> =>
    openWorkbench({ folder, extensionDevelopmentPath: repository, say: () => undefined, ...options });

  const python = (name: string, scope: string): Promise<string> => {
    const child = spawn(
      'python3',
      [peer, '--root', folder, 'acquire', '--name', name, '--scope', scope, '--hold', '600'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    children.push(child);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.stdout.once('data', (data: Buffer) => resolve((JSON.parse(data.toString()) as { event: string }).event));
    });
  };

  const liveLocks = async (): Promise<
    readonly { id: string; pid: number | undefined; token: string | undefined; session: string | undefined }[]
  > => {
    await using manager = await openLocks({ root: folder });
    const { locks } = await manager.refresh();
    return locks
      .filter(({ verdict }) => verdict === 'live')
      .map(({ id, holder, token, session }) => ({ id, pid: holder.pid, token, session }));
  };

  beforeEach(() => {
    folder = path.join(realpathSync(mkdtempSync(path.join(tmpdir(), 'wlock-ui-'))), 'orchard');
    for (const file of ['src/api/routes.ts', 'src/api/apples.ts', 'src/ui/shelf.ts', 'docs/guide.md', 'README.md']) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), readFileSync(path.join(repository, 'test/ui/sample.txt')));
    }
    mkdirSync(path.join(folder, '.git'));
    children = [];
  });

  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await workbench.close();
    removeFolder(path.dirname(folder));
  });

  it('sees who holds what: tree, Explorer badge, gutter, status bar', async () => {
    workbench = await open({ settings: { 'workbench.colorTheme': 'Dark 2026' } });
    await workbench.showView('Locks');
    await workbench.page.getByText('Nothing in this workspace has ever been locked.').waitFor();
    await workbench.screenshot(path.join(pictures, 'empty.png'));
    const started = performance.now();
    assert.equal(await python('nightly-loop', 'src/api'), 'acquired');
    await workbench.treeRow('nightly-loop').waitFor();
    console.log(
      `      latency: outside process started to pixels in the tree: ${Math.round(performance.now() - started)} ms`,
    );
    assert.equal(await python('docs-sweeper', 'docs'), 'acquired');
    await workbench.treeRow('docs-sweeper').waitFor();
    assert.match(await workbench.viewBadge('Locks'), /2 locks held by others/);

    await workbench.openFile('routes.ts');
    await workbench.statusBarItem('Locked by nightly-loop').waitFor();
    await workbench.page.locator('.monaco-editor .margin .cgmr').first().waitFor(); // the icon beside line 1
    await workbench.treeRow('nightly-loop').click();
    await workbench.page.keyboard.press('ArrowRight');
    await workbench.treeRow('Held by a running process').waitFor();
    await workbench.screenshot(path.join(pictures, 'tree-and-editor.png'));

    await workbench.showView('Explorer');
    await workbench.treeRow('src').waitFor();
    for (const name of ['routes.ts', 'apples.ts', 'api', 'docs']) {
      await waitFor(`a badge on ${name}`, async () => (await workbench.explorerDecoration(name)).badge === 'L');
    }
    await workbench.screenshot(path.join(pictures, 'explorer.png'));
  });

  it('keeps the window’s locks over a reload, and loses them with the window', async () => {
    workbench = await open();
    await workbench.openFile('routes.ts');
    await workbench.runCommand('Workspace Locks: Acquire Lock');
    await workbench.statusBarItem('Locked by you').waitFor();
    const [before] = await liveLocks();
    assert.ok(before);
    assert.equal(await python('greedy-loop', 'src/api'), 'conflict');

    await workbench.reload();
    await workbench.openFile('routes.ts'); // a reload just after opening may come before VS Code has noted the editor
    await workbench.statusBarItem('Locked by you').waitFor({ timeout: boundMs });
    const [after] = await liveLocks();
    assert.equal(after?.id, before.id, 'it is the same lock');
    assert.equal(after.token, before.token);
    assert.notEqual(after.pid, before.pid, 'held by the new window’s keeper');
    assert.equal(await python('greedy-loop', 'src/api'), 'conflict');

    await workbench.page.close({ runBeforeUnload: true });
    const closed = performance.now();
    await waitFor('the lock ends with the window', async () => (await liveLocks()).length === 0, boundMs);
    console.log(
      `      latency: window closed to lock given back: ${Math.round(performance.now() - closed)} ms (a reload may take 15 s)`,
    );
    assert.equal(await python('patient-loop', 'src/api'), 'acquired');
  });

  it('keeps them over a reload also where another window is open on the same workspace', async () => {
    workbench = await open();
    await workbench.openFile('routes.ts');
    await workbench.runCommand('Workspace Locks: Acquire Lock');
    await workbench.statusBarItem('Locked by you').waitFor();
    const [before] = await liveLocks();

    // Another tab of the same browser: the two share the workspace's state.
    const other = await workbench.page.context().newPage();
    await other.goto(workbench.page.url());
    await other
      .locator('.part.statusbar .statusbar-item[aria-label*="Workspace Locks: "]')
      .first()
      .waitFor({ timeout: boundMs });
    // The other window has given up looking for a predecessor's locks, and leaves them to the one that lives.
    const opened = performance.now();
    await workbench.page.waitForFunction((ms) => performance.now() > ms, (await now(workbench)) + 6_000);
    assert.ok(performance.now() - opened > 5_000);
    assert.equal((await liveLocks())[0]?.pid, before?.pid);

    await workbench.reload();
    await workbench.openFile('routes.ts');
    await workbench.statusBarItem('Locked by you').waitFor({ timeout: boundMs });
    assert.equal((await liveLocks())[0]?.id, before?.id);
    await other.close();
  });

  it('releases by force only after a dialog that names the lock', async () => {
    workbench = await open();
    await python('stuck-loop', 'src/ui');
    await workbench.showView('Locks');
    const row = workbench.treeRow('stuck-loop');
    await row.waitFor();
    await workbench.chooseFromMenu(row, 'Force Release…', workbench.page.locator('.monaco-dialog-box'));
    await workbench.screenshot(path.join(pictures, 'force-release.png'));
    const said = await workbench.acceptDialog('Force Release');
    assert.match(said, /Force-release the lock of stuck-loop on src\/ui\?/);
    await row.waitFor({ state: 'detached' });
    assert.deepEqual(
      readdirSync(path.join(folder, '.loops/.running')).filter((name) => name.startsWith('stuck')),
      [],
    );
  });

  it('only sees locks while the workspace is not trusted', async () => {
    workbench = await open({ workspaceTrust: true });
    await python('nightly-loop', 'src/api');
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
    await workbench.trustFolder();
    await workbench.openFile('guide.md');
    await workbench.runCommand('Workspace Locks: Acquire Lock');
    await workbench.statusBarItem('Locked by you').waitFor();
  });
});

/** The page's own clock, ms. */
function now({ page }: Workbench): Promise<number> {
  return page.evaluate(() => performance.now());
}
