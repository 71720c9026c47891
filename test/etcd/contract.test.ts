/** Everything that each lock protocol promises, on a real etcd. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { pathEntry } from '../../src/core/scope/entry.ts';
import type { EtcdProtocol } from '../../src/protocols/etcd/etcd.ts';
import type { HeldElsewhere } from '../../src/protocols/protocol.ts';
import { describeLockProtocol, type Store } from '../contract/lockProtocolContract.ts';
import { waitFor } from '../real/waitFor.ts';
import { EtcdCluster } from './cluster.ts';
import { gatewayTo, keyOf, openProtocol } from './programs.ts';

const root = '/repo/orchard';

describe('On a real etcd:', () => {
  let cluster: EtcdCluster;
  before(async () => (cluster = await EtcdCluster.start({ members: 1, quick: true })));
  after(() => cluster.end());

  /** A fresh namespace; each process has its own clone. */
  const openStore = (): Promise<Store<HeldElsewhere, EtcdProtocol>> => {
    const namespace = randomUUID();
    const gateway = gatewayTo(cluster.endpoints);
    const opened: EtcdProtocol[] = [];
    const open = async (session: string): Promise<EtcdProtocol> => {
      const protocol = await openProtocol({ endpoints: cluster.endpoints, namespace, root, session });
      opened.push(protocol);
      return protocol;
    };
    const prefix = `/workspace-locks/v1/${namespace}/`;
    return Promise.resolve({
      open,
      entry: (name) => pathEntry(`${root}/${name}`),
      files: async () => (await gateway.read([{ key: prefix, end: `${prefix}~` }])).pairs.map(({ key }) => key),
      leaveDead: async (entry) => {
        const doomed = await openProtocol({
          endpoints: cluster.endpoints,
          namespace,
          root,
          session: 'doomed',
          ttlS: 1,
        });
        const outcome = await doomed.acquire(
          { scope: [entry], mode: 'exclusive', holderName: 'doomed', session: 'doomed', tool: 'contract' },
          new AbortController().signal,
        );
        assert.ok(outcome.kind === 'acquired');
        await doomed.abandon(outcome.held); // so that closing keeps the lease, as death does
        await doomed.close();
        const key = keyOf(outcome.held);
        await waitFor('the lease of the dead is over', async () => (await gateway.find(key)) === undefined);
      },
      deleteRecord: async (held) => {
        const { id } = held;
        const key = keyOf(held);
        await gateway.commit({ compare: [], changes: [{ kind: 'delete', key }], otherwise: [] });
        for (const protocol of opened)
          await waitFor('everybody sees it', async () => (await protocol.list()).locks.every((lock) => lock.id !== id));
      },
      transfer: async (to, { id, scope, mode }, session) => {
        const living = { id, living: () => noLocks(), isHandedOver: true } as const;
        const request = { scope, mode, holderName: 'somebody', session, tool: 'transfer', standsFor: living };
        const outcome = await to.acquire(request, new AbortController().signal);
        assert.ok(outcome.kind === 'acquired');
        return { kind: 'renewed', held: outcome.held };
      },
      close: async () => {
        for (const protocol of opened) await protocol.close();
        gateway.close();
      },
    });
  };

  // Who dies is gone with his lease, so nothing is ever stale, and nothing to be reaped.
  describeLockProtocol('etcd', ['staleness', 'reaping'], openStore);
});

function* noLocks(): Generator<never, readonly never[], unknown> {
  return [];
}
