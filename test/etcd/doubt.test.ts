/** Changes of which nobody knows what became: delivered, but the answer is swallowed, or comes when nobody waits any more. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { LockId } from '../../src/core/lock.ts';
import { LockError } from '../../src/core/errors.ts';
import { pathEntry } from '../../src/core/scope/entry.ts';
import type { EtcdProtocol } from '../../src/protocols/etcd/etcd.ts';
import type { Gateway } from '../../src/protocols/etcd/gateway.ts';
import { Keys } from '../../src/protocols/etcd/keys.ts';
import type { AcquireRequest } from '../../src/protocols/protocol.ts';
import { waitFor } from '../real/waitFor.ts';
import { EtcdCluster } from './cluster.ts';
import { CutProxy } from './cutProxy.ts';
import { gatewayTo, keyOf, openProtocol } from './programs.ts';

const root = '/repo/orchard';
const never = new AbortController().signal;

describe('A change of which nobody knows what became', () => {
  let cluster: EtcdCluster;
  let proxy: CutProxy;
  let gateway: Gateway;
  let keys: Keys;
  let namespace: string;
  const opened: EtcdProtocol[] = [];
  before(async () => (cluster = await EtcdCluster.start({ members: 1, quick: true })));
  after(() => cluster.end());
  beforeEach(async () => {
    proxy = await CutProxy.start(cluster.ports[0] ?? 0);
    namespace = randomUUID();
    keys = new Keys(namespace);
    gateway = gatewayTo(cluster.endpoints);
  });
  afterEach(async () => {
    proxy.heal();
    for (const protocol of opened.splice(0)) await protocol.close();
    gateway.close();
    await proxy.end();
  });

  async function open(session: string, endpoints: readonly string[]): Promise<EtcdProtocol> {
    // Short enough that keepalives come soon, long enough to outlast the cut.
    const protocol = await openProtocol({ endpoints, namespace, root, session, ttlS: 9, patienceMs: 500 });
    opened.push(protocol);
    return protocol;
  }

  const requestOf = (session: string, name = 'a'): AcquireRequest => ({
    scope: [pathEntry(`${root}/${name}`)],
    mode: 'exclusive',
    holderName: session,
    session,
    tool: 'test',
  });

  const placed = async (): Promise<readonly string[]> =>
    (await gateway.read([keys.all])).pairs.map(({ key }) => key).filter((key) => keys.read(key));

  async function untilGone(): Promise<void> {
    await waitFor('nothing is left', async () => (await placed()).length === 0, 5_000);
  }

  const unreachable = (error: unknown): boolean => error instanceof LockError && error.code === 'etcd-unreachable';

  it('leaves no lock, where the request came through and its answer did not', async () => {
    const client = await open('client', [proxy.endpoint]);
    const warm = await client.acquire(requestOf('client', 'warm'), never);
    assert.ok(warm.kind === 'acquired');
    // The look passes; what takes the lock is the next that is sent.
    proxy.cut({ how: 'swallow', after: '/v3/kv/txn' });
    await assert.rejects(client.acquire(requestOf('client'), never), unreachable);
    assert.equal((await placed()).length, 2, 'it was delivered');
    proxy.heal();
    await waitFor('only what is held is left', async () => (await placed()).length === 1, 6_000);
    assert.equal(client.lossNow(warm.held), undefined);
    await client.release(warm.held);
  });

  it('is found out where it was sent again, by another way, and the lock is held', async () => {
    const client = await open('client', [proxy.endpoint, ...cluster.endpoints]);
    const warm = await client.acquire(requestOf('client', 'warm'), never);
    assert.ok(warm.kind === 'acquired');
    proxy.cut({ how: 'swallow', after: '/v3/kv/txn' });
    const outcome = await client.acquire(requestOf('client'), never);
    assert.ok(outcome.kind === 'acquired');
    assert.ok((await placed()).includes(keyOf(outcome.held)));
    assert.equal(await client.lossOf(outcome.held), undefined);
    await client.release(outcome.held);
    await client.release(warm.held);
    await untilGone();
  });

  it('leaves no place in the line', async () => {
    const client = await open('client', [proxy.endpoint]);
    const warm = await client.acquire(requestOf('client', 'warm'), never);
    assert.ok(warm.kind === 'acquired');
    const id = randomUUID() as LockId;
    proxy.cut({ how: 'swallow', after: '/v3/kv/txn' });
    await assert.rejects(client.line.enter(requestOf('client'), id), unreachable);
    assert.ok((await placed()).includes(keys.waiter(id)), 'it was delivered');
    await client.line.leave(id);
    proxy.heal();
    await waitFor('only what is held is left', async () => (await placed()).length === 1, 6_000);
  });

  it('leaves no place in the line that comes so late that it was given up meanwhile', async () => {
    // Whether what hangs arrives in the end is a matter of whose end of the connection closes first: so until it does.
    const arrivesLate = async (): Promise<boolean> => {
      const client = await open('client', [proxy.endpoint, ...cluster.endpoints]);
      const warm = await client.acquire(requestOf('client', `warm${opened.length}`), never);
      assert.ok(warm.kind === 'acquired');
      const held = (await placed()).length;
      const id = randomUUID() as LockId;
      proxy.cut({ how: 'hang' });
      await client.line.enter(requestOf('client'), id); // by the other way
      assert.ok((await placed()).includes(keys.waiter(id)));
      await client.line.leave(id);
      const before = await gateway.revision(keys.waiter(id));
      proxy.heal(); // what was sent first arrives
      // It may be gone again before anybody looks; what it has done to the revision stays.
      const until = performance.now() + 1_500;
      let hasCome = false;
      while (!hasCome && performance.now() < until) hasCome = (await gateway.revision(keys.waiter(id))) > before;
      await waitFor('only what is held is left', async () => (await placed()).length === held, 6_000);
      return hasCome;
    };
    await waitFor('one has come late', arrivesLate, 40_000);
  });

  it('takes a place in the line at last, where the first try came to nothing', async () => {
    const client = await open('client', [proxy.endpoint]);
    const warm = await client.acquire(requestOf('client', 'warm'), never);
    assert.ok(warm.kind === 'acquired');
    const id = randomUUID() as LockId;
    proxy.cut({ how: 'reset' });
    await assert.rejects(client.line.enter(requestOf('client'), id), unreachable);
    proxy.heal();
    await client.line.enter(requestOf('client'), id);
    assert.ok((await placed()).includes(keys.waiter(id)));
  });

  it('takes a place in the line anew, where an outage has lasted longer than its lease', async () => {
    const own = { endpoints: [proxy.endpoint], namespace, root, session: 'client', ttlS: 1, patienceMs: 300 };
    const client = await openProtocol(own);
    opened.push(client);
    const id = randomUUID() as LockId;
    await client.line.enter(requestOf('client'), id);
    assert.deepEqual(await placed(), [keys.waiter(id)]);
    proxy.cut({ how: 'hang' });
    await untilGone();
    proxy.heal();
    await client.line.enter(requestOf('client'), id);
    assert.deepEqual(await placed(), [keys.waiter(id)]);
    await client.line.leave(id);
    assert.deepEqual(await placed(), []);
  });
});
