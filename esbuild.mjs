/**
 * Builds `dist/`: the library as ES modules; the command line, the keeper and the extension as CommonJS, which starts sooner.
 * What the sources import with `import()` is a part of its own, which is loaded when it is needed. And the script of
 * the Activity view's page.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build, context } from 'esbuild';
import { gathered } from './bundling/gathered.mjs';
import { loadBuiltinsLate } from './bundling/loadBuiltinsLate.mjs';
import { partsAtOnce } from './bundling/partsAtOnce.mjs';
import { inCommonJs } from './bundling/inCommonJs.mjs';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const watch = process.argv.includes('--watch');

/** @satisfies {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: import.meta.dirname,
  bundle: true,
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  minify: true,
  logLevel: 'warning',
  define: { WLOCK_VERSION: JSON.stringify(version) },
};

/**
 * picomatch is a sixth of a bundle, and only globs need it: a file of its own, which the first glob loads.
 * @type {import('esbuild').Plugin}
 */
const loadPicomatchLate = {
  name: 'load-picomatch-late',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^picomatch$/ }, () => ({ path: 'picomatch', namespace: 'late' }));
    onResolve({ filter: /.*/, namespace: 'late' }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /.*/, namespace: 'late' }, () => ({
      contents: `import { createRequire } from 'node:module';
        export default { makeRe: (...words) => createRequire(import.meta.filename)('./picomatch.cjs').makeRe(...words) };`,
    }));
  },
};

/**
 * The MCP package brings a validator of JSON schemas, a third of its size, for what a server asks of its client's user. Ours
 * asks nothing, and its tools' input is checked by zod.
 * @type {import('esbuild').Plugin}
 */
const leaveOutSchemaValidator = {
  name: 'leave-out-schema-validator',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@modelcontextprotocol\/server\/_shims$/ }, ({ path }) => ({ path, namespace: 'without' }));
    onLoad({ filter: /.*/, namespace: 'without' }, () => ({
      contents: `export { default as process } from 'node:process';
        export class DefaultJsonSchemaValidator {
          getValidator() { throw new Error('This server was built without a validator of JSON schemas (esbuild.mjs)'); }
        }`,
    }));
  },
};

/** @satisfies {import('esbuild').BuildOptions} */
const inParts = {
  ...common,
  format: 'esm',
  splitting: true,
  outExtension: { '.js': '.mjs' },
  outdir: 'dist',
  metafile: true,
};

/** @type {import('esbuild').BuildOptions[]} */
const bundles = [
  {
    ...common,
    entryPoints: { picomatch: 'picomatch' },
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    outdir: 'dist',
  },
  inCommonJs(
    await gathered(
      {
        ...inParts,
        plugins: [loadPicomatchLate, loadBuiltinsLate, leaveOutSchemaValidator],
        entryPoints: { cli: 'src/cli/main.ts', keeper: 'src/manager/keeper/main.ts' },
        chunkNames: 'part-[name]-[hash]',
        outExtension: { '.js': '.cjs' },
      },
      'src/cli/main.ts',
    ),
  ),
  await gathered(
    {
      ...inParts,
      plugins: [loadPicomatchLate],
      entryPoints: { index: 'src/manager/library.ts' },
      chunkNames: 'library-[name]-[hash]',
    },
    'src/manager/library.ts',
  ),
  inCommonJs(
    await gathered(
      {
        ...inParts,
        plugins: [loadPicomatchLate],
        entryPoints: { extension: 'src/extension/extension.ts' },
        chunkNames: 'extension-[name]-[hash]',
        outExtension: { '.js': '.cjs' },
        external: ['vscode'],
        // The extension never loads native code (DESIGN 6.2); without a URL, fs-ext cannot be found.
        define: { ...common.define, 'import.meta.url': 'undefined' },
      },
      'src/extension/extension.ts',
    ),
  ),
  {
    // The page of the Activity view: a script in a browser, which loads nothing further.
    ...common,
    platform: 'browser',
    target: 'es2023',
    entryPoints: { activity: 'src/extension/activity/page/main.ts' },
    format: 'iife',
    outdir: 'dist',
  },
];

if (watch) {
  for (const options of bundles) await (await context({ ...options, minify: false, logLevel: 'info' })).watch();
} else {
  removeOldBundles();
  writeParts(await Promise.all(bundles.map((options) => build(options))));
}

/**
 * Which parts each entry loads at once, for the size budgets.
 * @param {import('esbuild').BuildResult[]} built
 */
function writeParts(built) {
  /** @type {import('esbuild').Metafile['outputs']} */
  const outputs = Object.assign({}, ...built.map(({ metafile }) => metafile?.outputs ?? {}));
  const entries = Object.keys(outputs).filter((file) => outputs[file]?.entryPoint !== undefined);
  const parts = Object.fromEntries(entries.map((file) => [file, partsAtOnce(outputs, file)]));
  writeFileSync(new URL('dist/parts.json', import.meta.url), JSON.stringify(parts, undefined, 2));
}

/** Only what this script makes: the types beside it are another command's. */
function removeOldBundles() {
  const dist = new URL('dist/', import.meta.url);
  if (!existsSync(dist)) return;
  for (const name of readdirSync(dist)) if (/\.[cm]?js(\.map)?$/.test(name)) rmSync(new URL(name, dist));
}
