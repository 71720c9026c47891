/** The etcd that the explorer simulates does what the real one does. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LockError, messageOf } from '../../src/core/errors.ts';
import { JsonHttp } from '../../src/os/jsonHttp.ts';
import { Gateway } from '../../src/protocols/etcd/gateway.ts';
import type { Change, Committed, Compare, LeaseId, Transaction } from '../../src/protocols/etcd/transaction.ts';
import { SimulatedEtcd } from '../safety/etcd/simulatedEtcd.ts';
import { EtcdCluster } from './cluster.ts';

/** Of transactions, one after another on the same two clusters. */
const rounds = 400;
const ttlS = 600;

/** `lease` is an index into those that were granted so far; the last of all is one that never was. */
type Step =
  | { readonly kind: 'commit'; readonly transaction: Draft }
  | { readonly kind: 'grant' }
  | { readonly kind: 'end'; readonly lease: number };

/** Revisions are counted back from the newest, leases are indexes: both clusters have their own. */
interface Draft {
  readonly compare: readonly (
    | { readonly kind: 'absent'; readonly key: string }
    | {
        readonly kind: 'modified-at' | 'unchanged-since';
        readonly key: string;
        readonly end?: string;
        readonly back: number;
      }
  )[];
  readonly changes: readonly { readonly kind: 'put' | 'delete'; readonly key: string; readonly lease?: number }[];
  readonly otherwise: readonly { readonly key: string; readonly end?: string }[];
}

const key = fc.constantFrom('k/a', 'k/b', 'k/c', 'k/d');
const range = fc.constantFrom({ key: 'k/', end: 'k0' }, { key: 'k/b', end: 'k/d' }, { key: 'l/', end: 'l0' });
const keyOrRange = fc.oneof(
  key.map((one) => ({ key: one })),
  range,
);
const back = fc.integer({ min: 0, max: 6 });

const compare = fc.oneof(
  key.map((one) => ({ kind: 'absent', key: one }) as const),
  fc.record({ key, back }).map((rest) => ({ kind: 'modified-at', ...rest }) as const),
  fc.tuple(keyOrRange, back).map(([what, steps]) => ({ kind: 'unchanged-since', ...what, back: steps }) as const),
);

/** etcd takes no key twice in one transaction. */
const changes = fc.uniqueArray(
  fc.record(
    { kind: fc.constantFrom('put', 'put', 'delete'), key, lease: fc.integer({ min: 0, max: 4 }) },
    { requiredKeys: ['kind', 'key'] },
  ),
  { selector: (change) => change.key, maxLength: 4 },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({
        compare: fc.array(compare, { maxLength: 3 }),
        changes,
        otherwise: fc.array(keyOrRange, { maxLength: 3 }),
      })
      .map((transaction) => ({ kind: 'commit', transaction }) as const),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'grant' } as const) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 }).map((lease) => ({ kind: 'end', lease }) as const) },
);

/** The two of them, and what they have in common. */
class Both {
  readonly #gateway: Gateway;
  readonly #leases: LeaseId[] = [];
  #simulated: SimulatedEtcd;

  constructor(gateway: Gateway, revision: number) {
    this.#gateway = gateway;
    this.#simulated = new SimulatedEtcd(revision);
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'grant': {
        const { lease } = await this.#gateway.grantLease(ttlS);
        this.#leases.push(lease);
        this.#simulated = this.#simulated.granted(lease);
        return;
      }
      case 'end': {
        const lease = this.#leaseAt(step.lease);
        await this.#gateway.revoke(lease);
        this.#simulated = this.#simulated.ended(lease);
        return;
      }
      case 'commit':
        await this.commit(this.#finished(step.transaction));
    }
  }

  async commit(transaction: Transaction): Promise<void> {
    const real = await outcomeOf(() => this.#gateway.commit(transaction));
    const simulated = await outcomeOf(() => {
      const { after, answer } = this.#simulated.commit(transaction);
      this.#simulated = after;
      return Promise.resolve(answer);
    });
    assert.deepEqual(comparable(simulated), comparable(real), JSON.stringify(transaction));
  }

  async assertEqual(): Promise<void> {
    const { pairs, revision } = await this.#gateway.read([{ key: 'k/', end: 'k0' }]);
    const simulated = [...this.#simulated.pairs.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    assert.deepEqual({ pairs: simulated, revision: this.#simulated.revision }, { pairs, revision });
  }

  #leaseAt(index: number): LeaseId {
    return this.#leases[this.#leases.length - 1 - index] ?? ('4242424242' as LeaseId);
  }

  #finished({ compare: drafts, changes: wanted, otherwise }: Draft): Transaction {
    const { revision } = this.#simulated;
    return {
      compare: drafts.map((draft): Compare => {
        if (draft.kind === 'absent') return draft;
        const { back: steps, ...rest } = draft;
        return { ...rest, revision: Math.max(0, revision - steps) };
      }),
      changes: wanted.map(({ kind, key: one, lease }): Change => {
        if (kind === 'delete') return { kind, key: one };
        const value = `value at ${revision}`;
        return { kind, key: one, value, ...(lease === undefined ? {} : { lease: this.#leaseAt(lease) }) };
      }),
      otherwise,
    };
  }
}

async function outcomeOf(commit: () => Promise<Committed>): Promise<Committed | string> {
  try {
    return await commit();
  } catch (error) {
    if (error instanceof LockError)
      return /requested lease not found|too many operations in txn request/.exec(error.message)?.[0] ?? error.message;
    throw error;
  }
}

/** Which of several keys of a range that were modified last together is found, etcd leaves open; `assertEqual` knows the rest. */
function comparable(outcome: Committed | string): unknown {
  if (typeof outcome === 'string' || outcome.kind === 'committed') return outcome;
  return { ...outcome, found: outcome.found.map(({ modRevision }) => modRevision) };
}

describe('The simulated etcd', () => {
  let cluster: EtcdCluster;
  let http: JsonHttp;
  let gateway: Gateway;

  before(async () => {
    cluster = await EtcdCluster.start({ members: 1 });
    http = new JsonHttp();
    gateway = new Gateway({ endpoints: cluster.endpoints, http, patienceMs: 10_000 });
  });

  after(async () => {
    http.close();
    await cluster.end();
  });

  beforeEach(async () => {
    await gateway.commit({ compare: [], changes: ['a', 'b', 'c', 'd'].map(deletion), otherwise: [] });
  });

  const both = async (): Promise<Both> => new Both(gateway, (await gateway.read([{ key: 'k/', end: 'k0' }])).revision);

  it('answers random transactions as the real one does, and keeps the same', async () => {
    const pair = await both();
    const seed = Date.now();
    for (const each of fc.sample(step, { numRuns: rounds, seed })) {
      await pair.take(each).catch((error: unknown) => assert.fail(`with seed ${seed}: ${messageOf(error)}`));
      await pair.assertEqual();
    }
  });

  it('takes as many operations as the real one, and no more', async () => {
    const pair = await both();
    const puts = (count: number): readonly Change[] =>
      Array.from({ length: count }, (_, at) => ({ kind: 'put', key: `k/${at}`, value: '' }));
    await pair.commit({ compare: [], changes: puts(128), otherwise: [] });
    await pair.commit({ compare: [], changes: puts(129), otherwise: [] });
    await pair.assertEqual();
  });
});

function deletion(name: string): Change {
  return { kind: 'delete', key: `k/${name}` };
}
