// A process that only watches a root's locks: `node watcher.mjs ROOT`. Says on stdout how many there are once it has read them,
// and its heap after a collection; then does nothing until its stdin ends.
import { openLocks } from '../../../dist/index.mjs';

const [root] = process.argv.slice(2);
let count = -1;
if (root !== undefined) {
  const locks = await openLocks({ root });
  locks.watch();
  count = (await locks.refresh()).locks.length;
}
globalThis.gc?.();
console.log(JSON.stringify({ count, heapBytes: process.memoryUsage().heapUsed }));
process.stdin.on('end', () => process.exit()).resume();
