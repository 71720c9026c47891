import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { partsAtOnce } from './partsAtOnce.mjs';

const repository = resolve(import.meta.dirname, '..');

/**
 * esbuild makes a file of each set of modules that the same parts share, which were 36 files for the command line at 0.4 ms
 * each. Here every part asks for all that `entry` loads at once, so that these modules are one file; what another entry loads
 * of them as well stays a file of its own.
 * @param {import('esbuild').BuildOptions & { readonly entryPoints: Readonly<Record<string, string>> }} options
 * @param {string} entry one of the entry points
 * @returns {Promise<import('esbuild').BuildOptions>}
 */
export async function gathered(options, entry) {
  const { metafile } = await build({ ...options, write: false, metafile: true });
  const { outputs } = metafile;
  const [main = ''] = Object.keys(outputs).filter((file) => outputs[file]?.entryPoint === entry);
  const atOnce = partsAtOnce(outputs, main)
    .flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}))
    .filter((file) => file.startsWith('src/') && file !== entry);
  const entries = Object.values(options.entryPoints);
  const parts = Object.values(outputs)
    .map(({ entryPoint = '' }) => entryPoint)
    .filter((file) => file !== '' && !entries.includes(file) && !atOnce.includes(file));
  /** @type {import('esbuild').Plugin} */
  const gather = {
    name: 'gather',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^at-once$/ }, ({ path }) => ({ path, namespace: 'at-once' }));
      onLoad({ filter: /.*/, namespace: 'at-once' }, () => ({
        contents: atOnce.map((file) => `import './${file}';`).join(''),
        resolveDir: repository,
      }));
      onLoad({ filter: /\.ts$/, namespace: 'file' }, ({ path }) =>
        parts.includes(relative(repository, path))
          ? { contents: `${readFileSync(path, 'utf8')};import 'at-once';`, loader: 'ts' }
          : undefined,
      );
    },
  };
  return { ...options, plugins: [gather, ...(options.plugins ?? [])] };
}
