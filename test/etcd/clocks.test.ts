/** A holder counts its locks as lost by its own clocks, before the cluster gives them away (DEPENDENCIES 5). */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Clocks } from '../../src/protocols/etcd/clocks.ts';
import type { EtcdProtocol } from '../../src/protocols/etcd/etcd.ts';
import type { HeldElsewhere } from '../../src/protocols/protocol.ts';
import { pathEntry } from '../../src/core/scope/entry.ts';
import { waitFor } from '../real/waitFor.ts';
import { EtcdCluster } from './cluster.ts';
import { gatewayTo, openProtocol, realClocks } from './programs.ts';

const root = '/repo/orchard';
const ttlMs = 3_000;

/** Real ones, that can be set forward. */
class SetClocks implements Clocks {
  readonly ahead = { monotonic: 0, sinceBoot: 0, wall: 0 };
  monotonic = (): number => realClocks.monotonic() + this.ahead.monotonic;
  sinceBoot = (): number => realClocks.sinceBoot() + this.ahead.sinceBoot;
  wall = (): number => realClocks.wall() + this.ahead.wall;
}

describe('The clocks of a holder', () => {
  let cluster: EtcdCluster;
  let clocks: SetClocks;
  let protocol: EtcdProtocol;
  let held: HeldElsewhere;
  before(async () => (cluster = await EtcdCluster.start({ members: 1, quick: true })));
  after(() => cluster.end());
  beforeEach(async () => {
    clocks = new SetClocks();
    const { endpoints } = cluster;
    const own = { endpoints, namespace: randomUUID(), root, session: 'one', ttlS: ttlMs / 1_000, clocks };
    protocol = await openProtocol(own);
    held = await take(protocol);
  });
  afterEach(() => protocol.close());

  async function take(from: EtcdProtocol): Promise<HeldElsewhere> {
    const outcome = await from.acquire(
      { scope: [pathEntry(`${root}/a`)], mode: 'exclusive', holderName: 'one', session: 'one', tool: 'test' },
      new AbortController().signal,
    );
    assert.ok(outcome.kind === 'acquired');
    return outcome.held;
  }

  const isThere = async (): Promise<boolean> => {
    const gateway = gatewayTo(cluster.endpoints);
    try {
      return (await gateway.find(held.files[0]?.replace('etcd:', '') ?? '')) !== undefined;
    } finally {
      gateway.close();
    }
  };

  for (const [clock, when] of [
    ['wall', 'is set forward'],
    ['sinceBoot', 'says that the machine slept'],
    ['monotonic', 'alone has gone on'],
  ] as const) {
    it(`make the lock lost at once where the one (${clock}) ${when} for the TTL, though the cluster has it still`, async () => {
      assert.equal(protocol.lossNow(held), undefined);
      clocks.ahead[clock] += ttlMs;
      assert.deepEqual(protocol.lossNow(held), { kind: 'lease-over', protocol: 'etcd' });
      assert.equal(await isThere(), true);
    });
  }

  it('make it lost for good: no answer of the cluster, and no clock that is set back, brings it back', async () => {
    clocks.ahead.wall += ttlMs;
    assert.ok(protocol.lossNow(held));
    clocks.ahead.wall = 0;
    assert.equal(await isThere(), true);
    assert.deepEqual(await protocol.lossOf(held), { kind: 'lease-over', protocol: 'etcd' });
    assert.deepEqual(await protocol.renew(held, undefined), {
      kind: 'lost',
      cause: { kind: 'lease-over', protocol: 'etcd' },
    });
    await waitFor('nobody keeps it alive any more', async () => !(await isThere()));
    assert.ok(protocol.lossNow(held));
    const next = await take(protocol); // under a lease of its own
    assert.equal(protocol.lossNow(next), undefined);
  });

  it('say nothing of a clock that is set back, and go on with the others', () => {
    clocks.ahead.wall -= 3_600_000;
    assert.equal(protocol.lossNow(held), undefined);
    clocks.ahead.monotonic += ttlMs;
    assert.ok(protocol.lossNow(held));
  });

  it('leave a part of the TTL unused, for timers that come late', () => {
    clocks.ahead.wall += ttlMs * 0.96;
    assert.ok(protocol.lossNow(held));
  });

  it('tell whoever watches, though nothing else happens', async () => {
    let told = 0;
    const watching = protocol.watch(() => told++);
    try {
      await waitFor('the watch is there', () => told > 0);
      const before = told;
      clocks.ahead.sinceBoot += ttlMs;
      await waitFor('it is told', () => told > before, 1_500);
    } finally {
      watching.dispose();
    }
  });
});
