// Runs one suite of this folder inside a real VS Code, through @vscode/test-electron:
//   node test/extension/runSuite.mjs folder|multiRoot|manyLocks
// The executable is VS Code itself where it can be downloaded and there is a display, else the stand-in that runs the
// server from npm in a headless browser. Wants a fresh `npm run build`.
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { hasDisplay } from '../demo/desktopCode.mjs';
import { downloadDesktop } from '../demo/downloadDesktop.mjs';
import { removeFolder } from '../setup/removeFolder.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const suite = process.argv[2] ?? 'folder';
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
  await runTests({
    vscodeExecutablePath: await executable(),
    extensionDevelopmentPath: root,
    extensionTestsPath: bundle,
    launchArgs: [makeWorkspace(), `--user-data-dir=${userData}`, '--disable-extensions'],
    extensionTestsEnv: {
      WLOCK_SUITE: suite,
      WLOCK_PEER: join(root, 'test', 'peers', 'little_loops.py'),
      WLOCK_CLI: join(root, 'dist', 'cli.mjs'),
    },
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  removeFolder(folder);
}

async function executable() {
  const standIn = join(root, 'test', 'vscode', 'code.mjs');
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
