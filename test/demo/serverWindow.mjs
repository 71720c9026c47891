// The demo in a browser: VS Code's server from npm, for machines without a desktop VS Code.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../vscode/server.mjs';
import { hasDisplay } from './desktopCode.mjs';
import { removeFolder } from '../setup/removeFolder.mjs';

/**
 * @param {import('./editor.mjs').EditorRequest} request
 * @returns {Promise<import('./editor.mjs').Editor>}
 */
export async function openServer({ root, folder, open, port, say, signal }) {
  const extensionsDir = mkdtempSync(join(tmpdir(), 'wlock-extensions-'));
  const removeExtensions = () => removeFolder(extensionsDir);
  try {
    linkExtension(root, extensionsDir);
    const server = await startServer({ port, connectionToken: true, extensionsDir, say, signal });
    const address = server.address({ folder });
    say(`\nOpen ${address}\n`);
    if (open && hasDisplay()) openBrowser(address);
    const close = async () => {
      await server.close();
      removeExtensions();
    };
    return { ended: server.ended, close };
  } catch (error) {
    removeExtensions();
    throw error;
  }
}

/**
 * Installed rather than "in development": for that the server would have to run under automation, which hides toasts.
 * @param {string} root
 * @param {string} extensionsDir
 */
function linkExtension(root, extensionsDir) {
  const { publisher, name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  mkdirSync(extensionsDir, { recursive: true });
  symlinkSync(root, join(extensionsDir, `${publisher}.${name}-${version}`), 'dir');
}

/** @param {string} address */
function openBrowser(address) {
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open';
  // The browser is the owner's: not ours to end.
  spawn(opener, [address], { stdio: 'ignore', detached: true })
    .on('error', () => undefined) // the address is on the screen
    .unref();
}
