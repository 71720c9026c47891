// Starts VS Code's server on the loopback interface. Everything it starts (extension host, terminals) ends with `close()`.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { endGroup, endMarked, markName, startInOwnGroup } from '../setup/processes.mjs';
import { ensureVSCodeServer } from '../setup/vscodeServer.mjs';
import { removeFolder } from '../setup/removeFolder.mjs';

const startTimeoutMs = 60_000;
const outputKept = 20_000; // characters
/** macOS' own folder is so long that paths of sockets in it exceed the limit of 104 bytes. */
const shortTmp = () => (process.platform === 'darwin' ? '/tmp' : tmpdir());

/** Settings for a window without what distracts from the extension, and without attempts to reach the network. */
export const quietSettings = {
  'chat.agentHost.enabled': false,
  'chat.commandCenter.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
};

/**
 * @typedef {object} ServerOptions
 * @property {number} [port] default: a free one
 * @property {boolean} [connectionToken] ask visitors for a random token; default no, for tests
 * @property {boolean} [automation] heed extensionDevelopmentPath and extensionTestsPath of an address, which VS Code
 *   otherwise ignores, silently; the price: notifications go to the notification centre only, no toast appears
 * @property {boolean} [workspaceTrust] ask for trust as a user's window does; default no
 * @property {Record<string, unknown>} [settings] machine settings; a user's own would win over them
 * @property {readonly string[]} [install] VSIX files to install before the start
 * @property {string} [extensionsDir] a folder of installed extensions that stays; default: a temporary one
 * @property {NodeJS.ProcessEnv} [env] added to this process' environment; the extension host inherits it
 * @property {readonly string[]} [flags] further flags of server-main.js
 * @property {AbortSignal} [signal] ends the start, not the running server
 * @property {(line: string) => void} [say] progress of the installation
 */

/**
 * @typedef {object} Server
 * @property {number} port
 * @property {string} authority for `vscode-remote://<authority>/path`
 * @property {(target: Target) => string} address to open in a browser
 * @property {string} storage where extensions keep files of their own, a folder for each
 * @property {() => string} output the last of what the server printed
 * @property {Promise<string>} ended resolves with a sentence when the server ends
 * @property {() => Promise<void>} close ends every process and removes every temporary folder; twice is fine
 */

/**
 * @typedef {object} Target
 * @property {string} [folder]
 * @property {string} [workspace] a `.code-workspace` file
 * @property {string} [extensionDevelopmentPath]
 * @property {string} [extensionTestsPath]
 */

/**
 * @param {ServerOptions} [options]
 * @returns {Promise<Server>}
 */
export async function startServer(options = {}) {
  const { node, serverMain } = await ensureVSCodeServer({ say: options.say, signal: options.signal });
  const home = realpathSync(mkdtempSync(join(shortTmp(), 'wlock-vscode-')));
  const mark = basename(home);
  const env = environment({ ...temporaryFolders(home), ...options.env, [markName]: mark });
  const token = options.connectionToken ? randomBytes(16).toString('hex') : undefined;
  const folders = prepare(home, options, token);
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  const close = async () => {
    if (child) await endGroup(child);
    await endMarked(mark); // what left the group: shells of terminals, detached children of extensions
    removeFolder(home);
  };
  try {
    for (const vsix of options.install ?? []) installExtension(node, serverMain, folders, vsix, env);
    const started = (child = startInOwnGroup(
      node,
      [
        serverMain,
        ...folders,
        ...['--host', '127.0.0.1', '--port', String(options.port ?? 0)],
        ...(token ? ['--connection-token-file', join(home, 'token')] : ['--without-connection-token']),
        ...['--accept-server-license-terms', '--telemetry-level', 'off'],
        ...(options.automation ? ['--enable-smoke-test-driver'] : []),
        ...(options.workspaceTrust ? [] : ['--disable-workspace-trust']),
        ...(options.flags ?? []),
      ],
      { env, cwd: home, stdio: ['ignore', 'pipe', 'pipe'] },
    ));
    const output = collectOutput(started);
    const ended = new Promise((/** @type {(sentence: string) => void} */ resolve) => {
      started.once('error', (error) => resolve(`VS Code's server did not start: ${error.message}.`));
      started.once('exit', (code, killedBy) => resolve(`VS Code's server ended with ${code ?? killedBy}.`));
    });
    const port = await answering(output, ended, options.signal);
    const authority = `127.0.0.1:${port}`;
    const storage = join(home, 'data', 'data', 'User', 'globalStorage');
    return { port, authority, storage, address: (target) => address(authority, token, target), output, ended, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * VS Code and its extensions leave sockets and caches in the temporary folder: give them one that goes with the server.
 * @param {string} home
 */
function temporaryFolders(home) {
  const folder = join(home, 'tmp');
  mkdirSync(folder, { mode: 0o700 });
  return { TMPDIR: folder, XDG_RUNTIME_DIR: folder };
}

/**
 * @param {NodeJS.ProcessEnv} added
 * @returns {NodeJS.ProcessEnv}
 */
function environment(added) {
  // A terminal of an editor has VSCODE_* variables that lead into that editor; NODE_OPTIONS of a test runner (loaders)
  // would load into the extension host.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE_|ELECTRON_RUN_AS_NODE$|NODE_OPTIONS$)/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...added };
}

/**
 * @param {string} home
 * @param {ServerOptions} options
 * @param {string | undefined} token
 */
function prepare(home, { settings = {}, extensionsDir = join(home, 'extensions') }, token) {
  const data = join(home, 'data');
  mkdirSync(join(data, 'data', 'Machine'), { recursive: true });
  mkdirSync(extensionsDir, { recursive: true });
  writeFileSync(join(data, 'data', 'Machine', 'settings.json'), JSON.stringify({ ...quietSettings, ...settings }));
  // In a file, because arguments are visible to every user of the machine.
  if (token) writeFileSync(join(home, 'token'), token, { mode: 0o600 });
  return ['--server-data-dir', data, '--extensions-dir', extensionsDir];
}

/**
 * Into a folder of extensions that some later server gets.
 * @param {string} vsix
 * @param {string} extensionsDir
 */
export async function installVsix(vsix, extensionsDir) {
  const { node, serverMain } = await ensureVSCodeServer();
  const home = realpathSync(mkdtempSync(join(shortTmp(), 'wlock-vscode-')));
  try {
    const env = environment(temporaryFolders(home));
    installExtension(node, serverMain, prepare(home, { extensionsDir }, undefined), vsix, env);
  } finally {
    removeFolder(home);
  }
}

/**
 * @param {string} node
 * @param {string} serverMain
 * @param {readonly string[]} folders
 * @param {string} vsix
 * @param {NodeJS.ProcessEnv} env
 */
function installExtension(node, serverMain, folders, vsix, env) {
  const args = [serverMain, ...folders, '--accept-server-license-terms', '--install-extension', vsix];
  const { status, stdout, stderr } = spawnSync(node, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`VS Code did not install ${vsix}:\n${stdout}${stderr}`);
}

/** @param {import('node:child_process').ChildProcess} child */
function collectOutput(child) {
  let text = '';
  const collect = (/** @type {Buffer} */ chunk) => (text = (text + chunk.toString()).slice(-outputKept));
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  return () => text;
}

/**
 * @param {() => string} output
 * @param {Promise<string>} ended
 * @param {AbortSignal} [signal]
 * @returns {Promise<number>} the port, as soon as a request is answered
 */
async function answering(output, ended, signal) {
  let sentence = '';
  void ended.then((why) => (sentence = why));
  const until = Date.now() + startTimeoutMs;
  while (Date.now() < until) {
    signal?.throwIfAborted();
    if (sentence) throw new Error(`${sentence}\n${output()}`);
    const port = /listening on (\d+)/.exec(output())?.[1];
    if (port && (await answers(`http://127.0.0.1:${port}/version`))) return Number(port);
    await sleep(50);
  }
  throw new Error(`VS Code's server did not answer within ${startTimeoutMs} ms.\n${output()}`);
}

/** @param {string} url */
async function answers(url) {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

/**
 * @param {string} authority
 * @param {string | undefined} token
 * @param {Target} target
 */
function address(authority, token, { folder, workspace, extensionDevelopmentPath, extensionTestsPath }) {
  const remote = (/** @type {string} */ path) => `vscode-remote://${authority}${pathToFileURL(path).pathname}`;
  const payload = [];
  if (extensionDevelopmentPath) payload.push(['extensionDevelopmentPath', remote(extensionDevelopmentPath)]);
  if (extensionTestsPath) payload.push(['extensionTestsPath', remote(extensionTestsPath)]);
  if (payload.length > 0) payload.push(['skipWelcome', 'true'], ['skipReleaseNotes', 'true']);
  const query = [
    token && `tkn=${token}`,
    folder && `folder=${encodeURIComponent(folder)}`,
    workspace && `workspace=${encodeURIComponent(workspace)}`,
    payload.length > 0 && `payload=${encodeURIComponent(JSON.stringify(payload))}`,
    !folder && !workspace && 'ew=true', // an empty window, not the last folder
  ];
  return `http://${authority}/?${query.filter(Boolean).join('&')}`;
}
