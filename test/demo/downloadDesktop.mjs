// VS Code itself, downloaded by @vscode/test-electron into the cache folder. Runs in a process of its own, because a
// download that hangs can only be ended with its process.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cacheFolder } from '../setup/cacheFolder.mjs';
import { runCommand } from '../setup/command.mjs';

const timeoutMs = 300_000;
const program = `
const [testElectron, cachePath] = process.argv.slice(1);
require(testElectron).downloadAndUnzipVSCode({ cachePath, version: 'stable' }).then(
  (path) => process.stdout.write('\\nEXECUTABLE ' + path + '\\n', () => process.exit(0)),
  (error) => { console.error(error); process.exit(1); },
);`;

/**
 * @param {{ say: (line: string) => void, signal: AbortSignal }} options
 * @returns {Promise<string | undefined>} the executable; undefined when the download did not work
 */
export async function downloadDesktop({ say, signal }) {
  say('Downloading VS Code …');
  const testElectron = createRequire(import.meta.url).resolve('@vscode/test-electron');
  try {
    const args = ['-e', program, testElectron, join(cacheFolder(), 'vscode-desktop')];
    const output = await runCommand(process.execPath, args, { signal, timeoutMs });
    const executable = /^EXECUTABLE (.+)$/m.exec(output)?.[1];
    if (executable) return executable;
  } catch {
    signal.throwIfAborted();
  }
  say('VS Code could not be downloaded; going on with its server from npm.');
  return undefined;
}
