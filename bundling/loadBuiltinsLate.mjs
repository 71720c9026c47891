/**
 * What the command line takes from those modules of Node.js that few commands use. Another name has to be added here; the build
 * says so.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const functions = {
  'node:child_process': ['spawn', 'spawnSync', 'execFile', 'execFileSync'],
  'node:crypto': ['createHash', 'randomUUID'],
  'node:readline/promises': ['createInterface'],
  'node:tty': ['isatty'],
};

/**
 * Each of these modules costs a start one to three milliseconds, so it is loaded where one of its functions is first called.
 * @type {import('esbuild').Plugin}
 */
export const loadBuiltinsLate = {
  name: 'load-builtins-late',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
      namespace === 'file' && path in functions ? { path, namespace: 'late-builtin' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'late-builtin' }, ({ path }) => ({
      contents: `import { promisify } from 'node:util';
        const late = (name) => {
          const load = () => require(${JSON.stringify(path)})[name];
          const promising = (...words) => promisify(load())(...words);
          return Object.assign((...words) => load()(...words), { [promisify.custom]: promising });
        };
        ${(functions[path] ?? []).map((name) => `export const ${name} = late('${name}');`).join('\n')}`,
    }));
  },
};
