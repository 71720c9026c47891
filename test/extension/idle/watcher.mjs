// A process that only watches a root's locks: `node watcher.mjs ROOT`. Says on stdout how many there are once it has read them,
// and its heap after a collection; then does nothing until its stdin ends.
/** By a name that only Node.js looks at: what is built is nothing to check. */
const library = new URL('../../../dist/index.mjs', import.meta.url).href;

const [root] = process.argv.slice(2);
let count = -1;
if (root !== undefined) {
  const { openLocks } = await import(library);
  const locks = await openLocks({ root });
  locks.watch();
  count = (await locks.refresh()).locks.length;
}
globalThis.gc?.();
console.log(JSON.stringify({ count, heapBytes: process.memoryUsage().heapUsed }));
process.stdin.on('end', () => process.exit()).resume();
