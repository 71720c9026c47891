/**
 * The file and all that it loads as soon as it is loaded itself.
 * @param {import('esbuild').Metafile['outputs']} outputs
 * @param {string} file
 */
export function partsAtOnce(outputs, file) {
  const all = new Set([file]);
  for (const each of all) {
    for (const { path, kind, external } of outputs[each]?.imports ?? []) {
      if (kind === 'import-statement' && !external) all.add(path);
    }
  }
  return [...all];
}
