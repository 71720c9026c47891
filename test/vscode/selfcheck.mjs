// Proves the harness on a throw-away extension: `node test/vscode/selfcheck.mjs [folder for the screenshots]`.
// Prints each step with its time; exits with 1 at the first that fails.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureVSCodeServer } from '../setup/vscodeServer.mjs';
import { findChromium } from '../setup/chromium.mjs';
import { packageExtension, writeThrowawayExtension } from './throwawayExtension.mjs';
import { openWorkbench } from './workbench.mjs';

const { runTests } = createRequire(import.meta.url)('@vscode/test-electron');
const standIn = fileURLToPath(new URL('code.mjs', import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'wlock-selfcheck-'));
process.env['TMPDIR'] = temporary; // so that whatever is left at the end is ours
const screenshots = resolve(process.argv[2] ?? join(temporary, 'screenshots'));
const folder = join(temporary, 'workspace');
mkdirSync(join(folder, 'src'), { recursive: true });
mkdirSync(screenshots, { recursive: true });
writeFileSync(join(folder, 'locked.txt'), 'locked\n');
writeFileSync(join(folder, 'src', 'locked.txt'), 'locked\n');
writeFileSync(join(folder, 'free.txt'), 'free\n');
const { extension, tests } = writeThrowawayExtension(join(temporary, 'extension'));

try {
  await step('VS Code server and Chromium', async () => {
    const { version } = await ensureVSCodeServer();
    return `VS Code ${version}, ${await findChromium()}`;
  });
  await step('runTests through the stand-in, passing', () => inside({}));
  assert.ok(existsSync(join(screenshots, 'inside.png')), 'the test got its screenshot');
  await step('runTests through the stand-in, failing', () =>
    assert.rejects(inside({ FAIL_ON_PURPOSE: '1' }), { code: 1 }),
  );
  await step('runTests through the stand-in, too slow', () =>
    assert.rejects(inside({ WLOCK_TEST_TIMEOUT: '1' }), { code: 2 }),
  );
  await step('the workbench on an extension in development, dark', () =>
    drive('dark', { extensionDevelopmentPath: extension, settings: { 'workbench.colorTheme': 'Dark 2026' } }),
  );
  const vsix = join(temporary, 'throwaway.vsix');
  await step('vsce package', async () => packageExtension(extension, vsix));
  await step('the workbench on an installed VSIX, high contrast, with workspace trust', () =>
    drive('installed', {
      install: [vsix],
      settings: { 'workbench.colorTheme': 'Default High Contrast' },
      workspaceTrust: true,
    }),
  );
  assert.deepEqual(leftovers(), [], 'no temporary folder is left');
  console.log(process.argv[2] ? `Screenshots: ${screenshots}` : 'All fine.');
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/**
 * @param {string} what
 * @param {() => Promise<unknown>} run
 */
async function step(what, run) {
  const started = performance.now();
  const result = await run();
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`ok   ${seconds.padStart(5)} s  ${what}${typeof result === 'string' ? `: ${result}` : ''}`);
}

/** @param {Record<string, string>} env */
function inside(env) {
  return runTests({
    vscodeExecutablePath: standIn,
    extensionDevelopmentPath: extension,
    extensionTestsPath: tests,
    launchArgs: [folder, `--user-data-dir=${join(temporary, 'user')}`, `--extensions-dir=${join(temporary, 'none')}`],
    extensionTestsEnv: { WLOCK_SCREENSHOT_DIR: screenshots, ...env },
  });
}

/**
 * @param {string} name
 * @param {import('./server.mjs').Target & import('./server.mjs').ServerOptions} options
 */
async function drive(name, options) {
  const workbench = await openWorkbench({ folder, ...options });
  try {
    if (options.workspaceTrust) await workbench.trustFolder();
    await workbench.statusBarItem('throwaway').waitFor();
    assert.equal((await workbench.explorerDecoration('locked.txt')).badge, 'L');
    assert.match((await workbench.explorerDecoration('locked.txt')).tooltip, /held by one/);
    assert.equal((await workbench.explorerDecoration('free.txt')).badge, '');
    await workbench.openFile('free.txt');
    await workbench.screenshot(join(screenshots, `${name}-explorer.png`));

    await workbench.runCommand('Throwaway: Ask');
    assert.match(await workbench.acceptDialog('Do it'), /Really\?/);
    assert.match(await workbench.notification('Answer', 'Fine'), /Answer: Do it/);

    await workbench.showView('Throwaway');
    await workbench.treeRow('row holder one').waitFor();
    assert.match(await workbench.viewBadge('Throwaway'), /2 things concern you/);

    await workbench.runCommand('Throwaway: Panel');
    const webview = workbench.page.frameLocator('iframe.webview').frameLocator('iframe');
    await webview.getByText('script ran').waitFor();

    await workbench.reload();
    await workbench.treeRow('row start 2').waitFor(); // the view is restored, the extension host is a new one
    await workbench.screenshot(join(screenshots, `${name}-reloaded.png`));
  } catch (error) {
    await workbench.screenshot(join(screenshots, `${name}-failed.png`));
    throw error;
  } finally {
    await workbench.close();
  }
}

function leftovers() {
  return readdirSync(temporary).filter((name) => /^wlock-(vscode|tests)-/.test(name));
}
