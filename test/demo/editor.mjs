// Opens the demo in the best VS Code that this machine has: its desktop `code`, a downloaded one, or the server from npm.
import { openDesktop } from './desktop.mjs';
import { findDesktopCode, hasDisplay } from './desktopCode.mjs';
import { downloadDesktop } from './downloadDesktop.mjs';
import { openServer } from './serverWindow.mjs';

/**
 * @typedef {object} EditorRequest
 * @property {string} root the repository, which is the extension under development
 * @property {string} folder the workspace
 * @property {boolean} open a window; else only print an address
 * @property {number} [port] of the server
 * @property {(line: string) => void} say
 * @property {AbortSignal} signal
 */

/** @typedef {{ ended: Promise<string>, close: () => Promise<void> }} Editor `ended` resolves with a sentence */

/**
 * @param {EditorRequest} request
 * @returns {Promise<Editor>}
 */
export async function openEditor(request) {
  const { open, port, say, signal } = request;
  if (open && port === undefined) {
    const code = findDesktopCode();
    if (code) return openDesktop(code, request);
    if (hasDisplay()) {
      const downloaded = await downloadDesktop({ say, signal });
      if (downloaded) return openDesktop(downloaded, request);
    }
  }
  return openServer(request);
}
