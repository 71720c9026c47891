#!/usr/bin/env node
// Stands in for the `code` executable where VS Code cannot be downloaded: `@vscode/test-electron` gives it the same
// arguments, and it runs the same tests in VS Code's server from npm, with a headless Chromium as the window.
//
//   runTests({ vscodeExecutablePath: '…/test/vscode/code.mjs', extensionDevelopmentPath, extensionTestsPath, launchArgs })
//
// Environment: WLOCK_SCREENSHOT_DIR (see screenshots.mjs), WLOCK_TEST_TIMEOUT (seconds for the whole run; default 300),
// WLOCK_TEST_VERBOSE (print the workbench's own log too, else only when the tests could not run).
// `<user-data-dir>/User/settings.json`, when present, becomes the machine settings.
// Exits with 0 or 1 as the tests say, 2 when they could not run, 130 when interrupted.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import { openPage } from './browser.mjs';
import { readCommandLine } from './commandLine.mjs';
import { answerScreenshotRequests } from './screenshots.mjs';
import { startServer } from './server.mjs';
import { writeTestsEntry } from './testsEntry.mjs';

const defaultTimeoutSeconds = 300;
const workbenchLinesKept = 40;
/** @type {string[]} */
const lastOfWorkbench = [];
const say = (/** @type {string} */ line) => console.error(line);

/** @type {(() => unknown)[]} what to undo, last first */
const cleanups = [];
/** @type {Promise<void> | undefined} */
let cleaning;
const cleanUp = () =>
  (cleaning ??= (async () => {
    for (const undo of cleanups.reverse()) await undo();
  })());

const interruption = new AbortController();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    interruption.abort(new Error(`interrupted by ${signal}`));
    void cleanUp().then(() => process.exit(130));
  });
}

try {
  process.exitCode = await runTests(readCommandLine(process.argv.slice(2)));
} catch (error) {
  const interrupted = interruption.signal.aborted; // then whatever failed, failed because of that
  if (!interrupted) say(`VS Code stand-in: ${error instanceof Error ? error.message : error}`);
  process.exitCode = interrupted ? 130 : 2;
} finally {
  await cleanUp();
}
process.exit();

/**
 * @param {import('./commandLine.mjs').CommandLine} line
 * @returns {Promise<number>} the tests' exit code
 */
async function runTests(line) {
  const server = await startServer({
    automation: true,
    workspaceTrust: line.workspaceTrust,
    settings: settingsOf(line.userDataDir),
    // test-electron always names a folder; it only matters when somebody put extensions there.
    extensionsDir: line.extensionsDir && existsSync(line.extensionsDir) ? line.extensionsDir : undefined,
    signal: interruption.signal,
    say,
  });
  cleanups.push(() => server.close());
  const { browser, page } = await openPage({ say });
  cleanups.push(() => browser.close());

  const entry = writeTestsEntry(line.extensionTestsPath);
  cleanups.push(entry.remove);
  const exited = testsExit(page, entry.unlabel);
  const failed = failure(page, server, line.timeoutMs ?? defaultTimeoutMs());
  const screenshots = process.env['WLOCK_SCREENSHOT_DIR'];
  if (screenshots) cleanups.push(answerScreenshotRequests(page, screenshots, say));
  // The automation functions have to be there before the workbench's own scripts run.
  await Promise.race([exited.ready, failed]);
  await Promise.race([page.goto(server.address({ ...line, extensionTestsPath: entry.path })), failed]);
  return Promise.race([exited.code, failed]);
}

/**
 * What the workbench calls while it runs the tests.
 * @param {import('playwright-core').Page} page
 * @param {(args: readonly unknown[]) => string | undefined} unlabel
 */
function testsExit(page, unlabel) {
  /** @type {(code: number) => void} */
  let exit;
  const code = new Promise((/** @type {(code: number) => void} */ resolve) => (exit = resolve));
  const log = (/** @type {string} */ level, /** @type {unknown[]} */ args) => {
    const line = unlabel(args);
    if (line !== undefined) console.log(line);
    else workbenchLog(`[${level}] ${format(...args)}`);
  };
  const ready = Promise.all([
    page.exposeFunction('codeAutomationLog', log),
    page.exposeFunction('codeAutomationExit', (/** @type {number} */ result) => exit(result)),
  ]);
  return { code, ready };
}

/** @param {string} line */
function workbenchLog(line) {
  if (process.env['WLOCK_TEST_VERBOSE']) say(line);
  lastOfWorkbench.push(line);
  if (lastOfWorkbench.length > workbenchLinesKept) lastOfWorkbench.shift();
}

/**
 * Never resolves; rejects with a sentence when no result can come any more.
 * @param {import('playwright-core').Page} page
 * @param {import('./server.mjs').Server} server
 * @param {number} timeoutMs
 * @returns {Promise<never>}
 */
function failure(page, server, timeoutMs) {
  return new Promise((_resolve, reject) => {
    const fail = (/** @type {string} */ sentence) => reject(new Error(sentence));
    page.on('crash', () => fail('the page crashed.'));
    page.on('close', () => fail('the page was closed before the tests ended.'));
    void server.ended.then(fail);
    const late = () => fail(`the tests did not end within ${timeoutMs / 1_000} s.\n${evidence()}`);
    const timer = setTimeout(late, timeoutMs);
    cleanups.push(() => clearTimeout(timer));
    const evidence = () =>
      `The workbench's log ends:\n${lastOfWorkbench.join('\n')}\nThe server's:\n${server.output()}`;
    page.on('pageerror', (error) => workbenchLog(`[page] ${error.message}`));
  });
}

function defaultTimeoutMs() {
  return Number(process.env['WLOCK_TEST_TIMEOUT'] || defaultTimeoutSeconds) * 1_000;
}

/** @param {string | undefined} userDataDir */
function settingsOf(userDataDir) {
  const file = userDataDir && join(userDataDir, 'User', 'settings.json');
  return file && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}
