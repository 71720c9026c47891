// The part of VS Code's command line that `@vscode/test-electron` uses.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';

const ours = /** @type {const} */ ([
  'extensionDevelopmentPath',
  'extensionTestsPath',
  'user-data-dir',
  'extensions-dir',
  'timeout',
]);

/**
 * @typedef {object} CommandLine
 * @property {string} [folder]
 * @property {string} [workspace]
 * @property {string} extensionDevelopmentPath
 * @property {string} extensionTestsPath
 * @property {string} [userDataDir]
 * @property {string} [extensionsDir]
 * @property {boolean} workspaceTrust
 * @property {number} [timeoutMs]
 */

/**
 * @param {readonly string[]} args those that VS Code would get; flags for Electron alone are ignored
 * @returns {CommandLine}
 */
export function readCommandLine(args) {
  /** @type {Map<string, string>} */
  const values = new Map();
  /** @type {string[]} */
  const positional = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const [, name = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === '') positional.push(arg);
    else if (!ours.some((known) => known === name)) continue;
    else if (values.has(name)) throw new Error(`The stand-in for VS Code takes one --${name}, not two.`);
    else values.set(name, value ?? args[++at] ?? '');
  }
  const extensionDevelopmentPath = values.get('extensionDevelopmentPath');
  const extensionTestsPath = values.get('extensionTestsPath');
  if (!extensionDevelopmentPath || !extensionTestsPath) {
    throw new Error('The stand-in for VS Code only runs tests: --extensionDevelopmentPath and --extensionTestsPath.');
  }
  if (positional.length > 1)
    throw new Error(`One folder or workspace, not ${positional.length}: ${positional.join(' ')}`);
  const timeoutSeconds = values.get('timeout');
  return {
    ...target(positional[0]),
    extensionDevelopmentPath: resolve(extensionDevelopmentPath),
    extensionTestsPath: resolve(extensionTestsPath),
    userDataDir: values.get('user-data-dir'),
    extensionsDir: values.get('extensions-dir'),
    workspaceTrust: !args.includes('--disable-workspace-trust'),
    timeoutMs: timeoutSeconds === undefined ? undefined : Number(timeoutSeconds) * 1_000,
  };
}

/** @param {string | undefined} path */
function target(path) {
  if (path === undefined) return {};
  const absolute = resolve(path);
  if (statSync(absolute).isDirectory()) return { folder: absolute };
  if (absolute.endsWith('.code-workspace')) return { workspace: absolute };
  throw new Error(`${path} is neither a folder nor a .code-workspace file.`);
}
