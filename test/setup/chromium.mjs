// Finds a Chromium for the tests, or gets one: the owner's choice, the system's, Debian's package, Playwright's own build.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runCommand } from './command.mjs';
import { isExecutable, onPath } from './onPath.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const macApplications = ['Google Chrome.app/Contents/MacOS/Google Chrome', 'Chromium.app/Contents/MacOS/Chromium'];

/**
 * @param {{ say?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<string>} the executable
 */
export async function findChromium({ say = console.log, signal } = {}) {
  const chosen = process.env['CHROME_PATH'];
  if (chosen) {
    if (isExecutable(chosen)) return chosen;
    throw new Error(`CHROME_PATH names ${chosen}, which is not an executable file.`);
  }
  return systemChromium() ?? (await debianChromium(say, signal)) ?? (await playwrightChromium(say, signal));
}

function systemChromium() {
  for (const name of names) {
    const found = onPath(name);
    if (found) return found;
  }
  if (process.platform !== 'darwin') return undefined;
  return ['/Applications', join(homedir(), 'Applications')]
    .flatMap((folder) => macApplications.map((application) => join(folder, application)))
    .find(isExecutable);
}

/**
 * @param {(line: string) => void} say
 * @param {AbortSignal} [signal]
 */
async function debianChromium(say, signal) {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return undefined;
  say('Chromium: installing the package of Debian (apt-get) …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await runCommand('apt-get', ['update'], { env, signal });
    await runCommand('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env, signal });
  } catch (error) {
    signal?.throwIfAborted();
    say(`Chromium: apt-get did not bring it (${firstLine(error)}).`); // Ubuntu's package is a stub for snap, for one
  }
  return systemChromium();
}

/**
 * @param {(line: string) => void} say
 * @param {AbortSignal} [signal]
 */
async function playwrightChromium(say, signal) {
  const require = createRequire(import.meta.url);
  const { chromium } = require('playwright-core');
  if (!existsSync(chromium.executablePath())) {
    say('Chromium: downloading the build of Playwright …');
    const cli = join(dirname(require.resolve('playwright-core/package.json')), 'cli.js');
    try {
      await runCommand(process.execPath, [cli, 'install', 'chromium'], { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw new Error(
        `No Chromium: install one or set CHROME_PATH to its executable (the download failed: ${firstLine(error)}).`,
      );
    }
  }
  return /** @type {string} */ (chromium.executablePath());
}

/** @param {unknown} error */
function firstLine(error) {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}
