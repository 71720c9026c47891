/** The store as a service of its own: `node server.mjs FILE [--unfenced]`. Prints its address. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { FencedStore } from './fencedStore.mjs';

const [file = 'store.json', how] = process.argv.slice(2);
const store = how === '--unfenced' ? new FencedStore(file, () => false) : new FencedStore(file);

const server = createServer(async (request, response) => {
  const answer = (/** @type {number} */ status, /** @type {object} */ body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
  try {
    if (request.method === 'GET') return answer(200, store.read());
    const token = request.headers['fencing-token'];
    if (typeof token !== 'string') return answer(400, { error: 'A write needs a fencing-token header.' });
    const body = await text(request);
    if (store.write(token, body)) return answer(200, { written: true });
    return answer(409, { error: `${token} is older than ${store.read().token}: your lock is not yours any more.` });
  } catch (error) {
    return answer(400, { error: String(error) }); // such as a token of another store
  }
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`);
});
