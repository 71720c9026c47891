/**
 * Writes under a lock: `wlock run --path data -- node writer.mjs ADDRESS TEXT [--pause]`. The token of that lock is in
 * WLOCK_TOKEN and goes with the write. `--pause` waits for a line on stdin first, as a slow computation would.
 */
import { once } from 'node:events';

const [address = '', words = '', pause] = process.argv.slice(2);
const token = process.env.WLOCK_TOKEN;
if (token === undefined) throw new Error('No WLOCK_TOKEN: start this with wlock run.');

console.log(`${token} is ready`);
if (pause === '--pause') await once(process.stdin, 'data');

const response = await fetch(address, { method: 'PUT', headers: { 'fencing-token': token }, body: words });
console.log(`${response.status} ${(await response.text()).trim()}`);
process.exit(response.ok ? 0 : 1);
