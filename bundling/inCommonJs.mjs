import { chmodSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { transform } from 'esbuild';

/**
 * esbuild makes parts of ES modules only, so each of them is translated when they are made.
 * @param {import('esbuild').BuildOptions} options
 * @returns {import('esbuild').BuildOptions}
 */
export function inCommonJs(options) {
  return { ...options, sourcemap: 'inline', write: false, plugins: [...(options.plugins ?? []), translate] };
}

/** @type {import('esbuild').Plugin} */
const translate = {
  name: 'translate-to-common-js',
  setup({ onEnd }) {
    onEnd(async ({ outputFiles = [] }) => {
      for (const { path, text } of outputFiles) {
        const { code, map } = await transform(withPlainObjects(text), {
          format: 'cjs',
          platform: 'node',
          target: 'node20',
          minify: true,
          supported: { 'dynamic-import': false },
          define: {
            'import.meta.url': '__url',
            'import.meta.filename': '__filename',
            'import.meta.dirname': '__dirname',
          },
          banner: text.includes('import.meta.url')
            ? `const __url=require("node:url").pathToFileURL(__filename).href;`
            : '',
          sourcefile: path,
          sourcemap: 'external',
        });
        writeFileSync(`${path}.map`, map);
        writeFileSync(path, `${code}//# sourceMappingURL=${basename(path)}.map\n`);
        if (code.startsWith('#!')) chmodSync(path, 0o755);
      }
    });
  },
};

/**
 * What esbuild would do by hundreds of calls that define one name each, which are 6 ms of a start: one object with getters in
 * place of a part's export statement, and the modules of Node.js and VS Code as they are.
 * @param {string} part
 */
function withPlainObjects(part) {
  return part
    .replace(
      /\bimport\*as ([\w$]+) from"(node:[\w/]+|vscode)"/g,
      (_, name, module) => `const ${name}=require("${module}")`,
    )
    .replace(/\bexport\{([^}]*)\};?(?=\s*(\/\/# sourceMappingURL=\S*\s*)?$)/, (_, /** @type {string} */ names) => {
      const getters = names.split(',').map((name) => {
        const [local = '', exported = local] = name.split(' as ');
        return `get ${exported}(){return ${local}}`;
      });
      return `module.exports={${getters.join(',')}};`;
    });
}
