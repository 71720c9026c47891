// A window of desktop VS Code with a profile of its own: the owner's settings, extensions and windows stay untouched.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { endGroup, endMarked, markName, startInOwnGroup } from '../setup/processes.mjs';
import { quietSettings } from '../vscode/server.mjs';
import { removeFolder } from '../setup/removeFolder.mjs';

/**
 * @param {string} code the executable
 * @param {import('./editor.mjs').EditorRequest} request
 * @returns {import('./editor.mjs').Editor}
 */
export function openDesktop(code, { root, folder, say }) {
  const home = mkdtempSync(join(process.platform === 'darwin' ? '/tmp' : tmpdir(), 'wlock-vscode-')); // short: sockets
  const mark = basename(home);
  const userData = join(home, 'user');
  mkdirSync(join(userData, 'User'), { recursive: true });
  writeFileSync(join(userData, 'User', 'settings.json'), JSON.stringify(quietSettings));
  const child = startInOwnGroup(
    code,
    [
      folder,
      `--extensionDevelopmentPath=${root}`,
      `--user-data-dir=${userData}`,
      `--extensions-dir=${join(home, 'extensions')}`,
      '--disable-workspace-trust',
      '--skip-welcome',
      '--new-window',
      '--wait',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
    { env: { ...process.env, [markName]: mark }, stdio: 'ignore' },
  );
  say(`Opened in ${code}.`);
  const ended = new Promise((/** @type {(sentence: string) => void} */ resolve) => {
    child.once('error', (error) => resolve(`VS Code did not start: ${error.message}.`));
    child.once('exit', () => resolve('The window was closed.'));
  });
  return {
    ended,
    close: async () => {
      await endGroup(child);
      await endMarked(mark); // `code` is a launcher; the window's process has a group of its own
      removeFolder(home);
    },
  };
}
