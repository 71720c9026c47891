// A real VS Code from npm packages alone: `code-server` carries VS Code's server and workbench, `node-<platform>` the Node
// that it wants. For machines that cannot download VS Code itself.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder } from './cacheFolder.mjs';
import { nodePackageHere } from './nodePackage.mjs';
import { npm, npmEnvironment } from './npm.mjs';

const codeServer = '4.139.1'; // VS Code 1.139.1
const nodeMajor = 24; // what that code-server wants

/** @typedef {{ node: string, serverMain: string, version: string }} VSCodeServer */

/**
 * Installs the server once into the cache folder; afterwards only looks. Safe to run twice at the same time: each installs
 * into a folder of its own and the first to finish gives it its name.
 * @param {{ say?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<VSCodeServer>}
 */
export async function ensureVSCodeServer({ say = console.log, signal } = {}) {
  const platform = `${process.platform}-${process.arch}`;
  const nodePackage = nodePackageHere();
  const cache = cacheFolder();
  const name = `vscode-server-${codeServer}-node${nodeMajor}-${platform}`;
  const home = join(cache, name);
  if (!existsSync(home)) {
    removeAbandoned(cache, name);
    const unfinished = join(cache, `${name}.unfinished-${process.pid}-${Date.now().toString(36)}`);
    try {
      await install(unfinished, nodePackage, say, signal);
      claim(unfinished, home);
    } finally {
      rmSync(unfinished, { recursive: true, force: true, maxRetries: 5 });
    }
  }
  return located(home, nodePackage);
}

/**
 * @param {string} folder
 * @param {string} nodePackage
 * @param {(line: string) => void} say
 * @param {AbortSignal} [signal]
 */
async function install(folder, nodePackage, say, signal) {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n'); // else npm installs into a parent that has one
  say(`VS Code server: 1 of 3, downloading code-server ${codeServer} and Node ${nodeMajor} (about 15 s) …`);
  // --ignore-scripts: its ripgrep would download from GitHub.
  await npm(['install', '--ignore-scripts', `${nodePackage}@${nodeMajor}`, `code-server@${codeServer}`], {
    cwd: folder,
    signal,
  });
  const server = join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
  say('VS Code server: 2 of 3, downloading its packages (about 10 s) …');
  await npm(['install', '--omit=dev', '--ignore-scripts'], { cwd: server, signal });
  say('VS Code server: 3 of 3, building two native packages (about 30 s) …');
  const nodePrefix = join(folder, 'node_modules', nodePackage);
  const env = npmEnvironment(nodePrefix);
  env['PATH'] = join(nodePrefix, 'bin') + delimiter + (env['PATH'] ?? '');
  try {
    await npm(['rebuild', '@vscode/spdlog', '@vscode/native-watchdog'], { cwd: server, env, signal });
  } catch {
    signal?.throwIfAborted();
    say('VS Code server: no compiler for the native packages; it runs without, and only logs errors about them.');
  }
}

/**
 * @param {string} unfinished
 * @param {string} home
 */
function claim(unfinished, home) {
  try {
    renameSync(unfinished, home);
  } catch (error) {
    if (!existsSync(home)) throw error; // else another installer was first, and its folder is as good as ours
  }
}

/**
 * Folders of installers that were killed.
 * @param {string} cache
 * @param {string} name
 */
function removeAbandoned(cache, name) {
  for (const entry of readdirSync(cache)) {
    const pid = entry.startsWith(`${name}.unfinished-`) ? Number(entry.split('-').at(-2)) : undefined;
    if (pid !== undefined && !runs(pid)) rmSync(join(cache, entry), { recursive: true, force: true });
  }
}

/** @param {number} pid */
function runs(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * @param {string} home
 * @param {string} nodePackage
 * @returns {VSCodeServer}
 */
function located(home, nodePackage) {
  const server = join(home, 'node_modules', 'code-server', 'lib', 'vscode');
  return {
    node: join(home, 'node_modules', nodePackage, 'bin', 'node'),
    serverMain: join(server, 'out', 'server-main.js'),
    version: JSON.parse(readFileSync(join(server, 'package.json'), 'utf8')).version,
  };
}
