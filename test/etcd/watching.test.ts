/** What stands in a cluster, seen by a watch that breaks, falls silent, or comes too late. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { LockId } from '../../src/core/lock.ts';
import { pathEntry } from '../../src/core/scope/entry.ts';
import type { EtcdProtocol } from '../../src/protocols/etcd/etcd.ts';
import type { Gateway } from '../../src/protocols/etcd/gateway.ts';
import { Keys } from '../../src/protocols/etcd/keys.ts';
import { LiveView } from '../../src/protocols/etcd/liveView.ts';
import type { HeldElsewhere } from '../../src/protocols/protocol.ts';
import { waitFor } from '../real/waitFor.ts';
import { EtcdCluster } from './cluster.ts';
import { CutProxy } from './cutProxy.ts';
import { ask } from './gateway.ts';
import { gatewayTo, openProtocol } from './programs.ts';

const root = '/repo/orchard';

describe('The watch on a cluster', () => {
  let cluster: EtcdCluster;
  let proxies: readonly CutProxy[];
  let namespace: string;
  let other: EtcdProtocol;
  let gateway: Gateway;
  let view: LiveView;
  before(async () => (cluster = await EtcdCluster.start({ members: 3, quick: true })));
  after(() => cluster.end());
  beforeEach(async () => {
    proxies = await Promise.all(cluster.ports.map((port) => CutProxy.start(port)));
    namespace = randomUUID();
    other = await openProtocol({ endpoints: cluster.endpoints, namespace, root, session: 'other' });
    gateway = gatewayTo(
      proxies.map(({ endpoint }) => endpoint),
      1_000,
    );
    view = new LiveView(gateway, new Keys(namespace), root);
    view.watch(() => undefined);
    await waitFor('the watch is there', () => view.told);
  });
  afterEach(async () => {
    view.close();
    gateway.close();
    await other.close();
    for (const proxy of proxies) await proxy.end();
  });

  async function take(name: string): Promise<HeldElsewhere> {
    const outcome = await other.acquire(
      { scope: [pathEntry(`${root}/${name}`)], mode: 'exclusive', holderName: name, session: 'other', tool: 'test' },
      new AbortController().signal,
    );
    assert.ok(outcome.kind === 'acquired');
    return outcome.held;
  }

  const names = (): string | undefined =>
    view.told?.all
      .map(({ record }) => record?.name)
      .sort()
      .join();

  const sees = async (expected: string, boundMs = 10_000): Promise<void> => {
    await waitFor(
      () => `it sees ${expected}, and not ${names()}`,
      () => names() === expected,
      boundMs,
    );
  };

  it('tells what comes and goes', async () => {
    const a = await take('a');
    await take('b');
    await sees('a,b');
    await other.release(a);
    await sees('b');
  });

  it('misses nothing where it breaks, and what it would go on from is compacted meanwhile', async () => {
    const a = await take('a');
    await sees('a');
    for (const proxy of proxies) proxy.cut({ how: 'reset' });
    await waitFor('the watch is broken', () => view.told === undefined);
    await other.release(a);
    await take('b');
    const [endpoint = ''] = cluster.endpoints;
    const { header } = (await ask(`${endpoint}/v3/kv/range`, { body: { key: 'AA==' } })) as {
      header: { revision: string };
    };
    await ask(`${endpoint}/v3/kv/compaction`, { body: { revision: header.revision, physical: true } });
    for (const proxy of proxies) proxy.heal();
    await sees('b');
  });

  it('begins anew where it asks for what is compacted already', async () => {
    const [endpoint = ''] = cluster.endpoints;
    await take('a');
    const { pairs, revision } = await gateway.read([new Keys(namespace).all]);
    assert.ok(pairs.length > 0);
    await take('b');
    await take('c');
    await ask(`${endpoint}/v3/kv/compaction`, { body: { revision: String(revision + 2), physical: true } });
    const ends: string[] = [];
    const stream = gateway.watch(new Keys(namespace).all, revision, {
      onEvents: () => undefined,
      onEnd: (why) => ends.push(why),
    });
    await waitFor('it ends', () => ends.length > 0);
    stream.dispose();
    assert.deepEqual(ends, ['compacted']);
  });

  it('goes on with another member where the one that it watched dies', async () => {
    await take('a');
    await sees('a');
    // Which one it watches is its own business: each dies once.
    for (const [i, name] of ['b', 'c', 'd'].entries()) {
      await cluster.kill(i);
      await take(name);
      await waitFor(
        () => `it sees ${name}`,
        () => names()?.endsWith(name),
        15_000,
      );
      await cluster.restart(i);
      await cluster.untilHealthy();
    }
    await sees('a,b,c,d');
  });

  it('notices that it is dead without a word, where something was put meanwhile', async () => {
    await take('a');
    await sees('a');
    proxies[0]?.cut({ how: 'hang' });
    await take('b');
    await sees('a,b', 12_000);
  });

  it('notices that it is dead without a word, where something has only gone meanwhile', async () => {
    const a = await take('a');
    await take('b');
    await sees('a,b');
    proxies[0]?.cut({ how: 'hang' });
    await other.release(a);
    await sees('b', 12_000);
  });

  it('is left in peace where nothing happens, or only elsewhere in the cluster', async () => {
    await take('a');
    await sees('a');
    const first = view.told;
    const elsewhere = await openProtocol({
      endpoints: cluster.endpoints,
      namespace: `${namespace}-2`,
      root,
      session: 'elsewhere',
    });
    await elsewhere.close();
    // Three of its looks, each of which would make it a new picture if it took the watch for dead.
    const until = performance.now() + 11_000;
    await waitFor('three looks', () => performance.now() > until, 15_000);
    assert.equal(view.told, first);
  });

  it('is shown whole with two thousand locks, also where they come in pages', async () => {
    const { lease } = await gateway.grantLease(60);
    const ids = Array.from({ length: 2_000 }, (_, i) => `many-${String(i).padStart(4, '0')}` as LockId);
    const keys = new Keys(namespace);
    for (let i = 0; i < ids.length; i += 100) {
      const changes = ids
        .slice(i, i + 100)
        .map((id) => ({ kind: 'put', key: keys.lock(id, []), value: '{}', lease }) as const);
      await gateway.commit({ compare: [], changes, otherwise: [] });
    }
    await waitFor('it has told all', () => view.told?.all.length === 2_000);
    const { locks } = await other.list();
    assert.deepEqual(locks.map(({ id }) => id).sort(), ids);
    await gateway.revoke(lease);
    await waitFor('it has told that they are gone', () => view.told?.all.length === 0);
  });
});
