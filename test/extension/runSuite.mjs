// Runs one suite of this folder inside a real VS Code, through @vscode/test-electron:
//   node test/extension/runSuite.mjs folder|multiRoot|manyLocks|cost|costWithout [--installed]
// With --installed the extension is not the one in development, but the VSIX in a fresh profile; VS Code wants some
// extension in development to run tests, and gets a throw-away one. That run is always the stand-in's: it installs.
// The executable is VS Code itself where it can be downloaded and there is a display, else the stand-in that runs the
// server from npm in a headless browser. Wants a fresh `npm run build`.
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { hasDisplay } from '../demo/desktopCode.mjs';
import { downloadDesktop } from '../demo/downloadDesktop.mjs';
import { packageVsix } from '../installed/vsix.mjs';
import { findBindfs } from '../setup/bindfs.mjs';
import { findEtcd } from '../setup/etcd.mjs';
import { removeFolder } from '../setup/removeFolder.mjs';
import { installVsix } from '../vscode/server.mjs';
import { writeThrowawayExtension } from '../vscode/throwawayExtension.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values, positionals } = parseArgs({ options: { installed: { type: 'boolean' } }, allowPositionals: true });
const suite = positionals[0] ?? 'folder';
const standIn = join(root, 'test', 'vscode', 'code.mjs');
const say = (/** @type {string} */ line) => console.log(line);

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'wlock-suite-')));
try {
  const bundle = join(root, 'dist', 'test', 'extension.cjs');
  await build({
    entryPoints: [join(root, 'test', 'extension', 'suite.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const userData = join(folder, 'user');
  const { extension, commandLine, flags } = values.installed
    ? await installed()
    : suite === 'costWithout'
      ? absent()
      : inDevelopment();
  await runTests({
    vscodeExecutablePath: values.installed ? standIn : await executable(),
    extensionDevelopmentPath: extension,
    extensionTestsPath: bundle,
    launchArgs: [makeWorkspace(), `--user-data-dir=${userData}`, ...flags],
    extensionTestsEnv: {
      WLOCK_SUITE: suite,
      WLOCK_PEER: join(root, 'test', 'peers', 'little_loops.py'),
      WLOCK_CLI: commandLine,
      WLOCK_BINDFS: await findBindfs({ say }),
      WLOCK_ETCD: await findEtcd({ say }),
    },
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  removeFolder(folder);
}

/** @typedef {{ extension: string, commandLine: string, flags: readonly string[] }} Subject */

/** @returns {Subject} */
function inDevelopment() {
  return { extension: root, commandLine: join(root, 'dist', 'cli.cjs'), flags: ['--disable-extensions'] };
}

/** VS Code without ours: an extension in development it wants. @returns {Subject} */
function absent() {
  return { ...inDevelopment(), extension: writeThrowawayExtension(join(folder, 'throwaway')).extension };
}

/** @returns {Promise<Subject>} */
async function installed() {
  const extensions = join(folder, 'extensions');
  mkdirSync(extensions);
  await installVsix(packageVsix(), extensions);
  const [name] = readdirSync(extensions).filter((each) => each.startsWith('workspace-locks.'));
  if (name === undefined) throw new Error('VS Code said that it installed the VSIX, but it did not.');
  return {
    extension: writeThrowawayExtension(join(folder, 'throwaway')).extension,
    commandLine: join(extensions, name, 'dist', 'cli.cjs'),
    flags: [`--extensions-dir=${extensions}`],
  };
}

async function executable() {
  if (!hasDisplay() || process.getuid?.() === 0) return standIn;
  return (await downloadDesktop({ say, signal: new AbortController().signal })) ?? standIn;
}

/** @returns {string} what VS Code opens */
function makeWorkspace() {
  if (suite !== 'multiRoot') {
    for (const file of ['src/api/routes.ts', 'src/ui/shelf.ts', 'docs/guide.md']) write(join('workspace', file));
    mkdirSync(join(folder, 'workspace', '.git'));
    return join(folder, 'workspace');
  }
  const names = ['first', 'second'];
  for (const name of [...names, 'third']) {
    write(join(name, 'src/main.ts'));
    mkdirSync(join(folder, name, '.git'));
  }
  const file = join(folder, 'several.code-workspace');
  writeFileSync(file, JSON.stringify({ folders: names.map((path) => ({ path })) }));
  return file;
}

/** @param {string} file */
function write(file) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), 'one\ntwo\nthree\n');
}
