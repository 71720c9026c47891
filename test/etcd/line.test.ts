/** Waiting over machines: three clones, one line. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { AcquireOptions, HeldLock, LockManager } from '../../src/manager/library.ts';
import { Started } from '../real/started.ts';
import type { TemporaryRoot } from '../real/temporaryRoot.ts';
import { waitFor } from '../real/waitFor.ts';
import { spawnWlock } from '../real/wlock.ts';
import { Clones } from './clones.ts';
import { EtcdCluster } from './cluster.ts';

describe('The line of three clones', () => {
  let cluster: EtcdCluster;
  let clones: Clones;
  let started: Started;
  let roots: readonly TemporaryRoot[];
  let managers: readonly LockManager[];
  before(async () => (cluster = await EtcdCluster.start({ members: 1, quick: true })));
  after(() => cluster.end());
  beforeEach(async () => {
    started = new Started();
    clones = new Clones({ endpoints: cluster.endpoints });
    roots = [clones.make(), clones.make(), clones.make()];
    managers = await Promise.all(roots.map((root) => clones.open(root)));
  });
  afterEach(async () => {
    await started.endAll();
    await clones[Symbol.asyncDispose]();
  });

  const at = (index: number): LockManager => {
    const manager = managers[index];
    assert.ok(manager);
    return manager;
  };

  async function take(
    by: LockManager,
    paths: readonly string[],
    more: Partial<AcquireOptions> = {},
  ): Promise<HeldLock> {
    const scope = paths.map((text) => ({ as: 'path', text }) as const);
    const outcome = await by.acquire({ scope, holder: 'somebody', waitMs: 60_000, ...more });
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.held;
  }

  /** Who stands in the cluster's line, as a clone sees it that waits for nothing itself. */
  const inLine = async (): Promise<readonly string[]> =>
    (await at(0).refresh()).waiters.filter(({ protocol }) => protocol === 'etcd').map(({ holder }) => holder.name);

  it('serves them in the order in which they came', async () => {
    const first = await take(at(0), ['a']);
    const served: string[] = [];
    const all: Promise<void>[] = [];
    for (const [i, name] of ['one', 'two', 'three'].entries()) {
      const manager = at([1, 2, 0][i] ?? 0);
      all.push(
        take(manager, ['a'], { holder: name }).then(async (held) => {
          served.push(name);
          await held.release();
        }),
      );
      await waitFor('it waits', async () => (await at(0).refresh()).waiters.some(({ holder }) => holder.name === name));
    }
    await first.release();
    await Promise.all(all);
    // The third waits in the first clone, whose own queue it leads; the cluster has seen it last.
    assert.deepEqual(served, ['one', 'two', 'three']);
  });

  it('has the first of each clone only', async () => {
    const first = await take(at(0), ['a']);
    const one = take(at(1), ['a'], { holder: 'one' });
    await waitFor('one stands there', async () => (await inLine()).includes('one'));
    const two = take(at(1), ['a'], { holder: 'two' });
    await waitFor('two waits', async () => (await at(1).refresh()).waiters.length === 2);
    assert.deepEqual(await inLine(), ['one']);
    await first.release();
    await (await one).release();
    await (await two).release();
    assert.deepEqual(await inLine(), []);
  });

  it('loses a waiter that is killed with his lease, and not sooner', async () => {
    const first = await take(at(0), ['a']);
    const [, root] = roots;
    const words = ['run', '--path', 'a', '--holder', 'doomed', '--wait', '--', 'true'];
    const doomed = started.add(spawnWlock(words, { cwd: root?.path ?? '' }));
    await waitFor('it stands there', async () => (await inLine()).includes('doomed'));
    const last = take(at(2), ['a'], { holder: 'last' });
    await waitFor('last stands there', async () => (await inLine()).includes('last'));
    doomed.kill('SIGKILL');
    await doomed.ended();
    await first.release();
    assert.deepEqual(await inLine(), ['doomed', 'last']);
    await (await last).release();
  });

  it('lets those who share in together, and one who does not after them', async () => {
    const shared = await Promise.all([0, 1].map((i) => take(at(i), ['a'], { mode: 'shared' })));
    const alone = take(at(2), ['a'], { holder: 'alone' });
    await waitFor('it stands there', async () => (await inLine()).includes('alone'));
    const refused = await at(1).acquire({ scope: [{ as: 'path', text: 'a' }], holder: 'late', mode: 'shared' });
    assert.equal(refused.ok, false, 'nobody overtakes');
    for (const held of shared) await held.release();
    await (await alone).release();
  });

  for (const seed of [1, 2, 3, 4]) {
    it(`never stands still where two of each clone want parts of the same (seed ${seed})`, async () => {
      const random = randomFrom(seed);
      const files = ['a', 'b', 'c'];
      const inside = new Set<string>();
      const work = async (manager: LockManager): Promise<void> => {
        for (let turn = 0; turn < 4; turn++) {
          const paths = files.filter(() => random() < 0.6);
          const held = await take(manager, paths.length > 0 ? paths : files);
          for (const file of paths) assert.ok(!inside.has(file), file);
          for (const file of paths) inside.add(file);
          await new Promise((resolve) => setImmediate(resolve));
          for (const file of paths) inside.delete(file);
          await held.release();
        }
      };
      await Promise.all([0, 0, 1, 1].map((i) => work(at(i))));
    }).timeout(30_000);
  }

  it('has its order also where one waits for a lock of his own clone', async () => {
    const held = await take(at(0), ['src'], { holder: 'holder' });
    const order: string[] = [];
    const wait = async (manager: LockManager, holder: string): Promise<void> => {
      const lock = await take(manager, ['src/x'], { holder });
      order.push(holder);
      await lock.release();
    };
    const [root] = roots;
    assert.ok(root);
    const waits = [wait(await clones.open(root), 'here')];
    await waitFor('here stands there', async () => (await namesInLine(at(2))).includes('here'));
    waits.push(wait(at(1), 'there'));
    await waitFor('there stands there', async () => (await namesInLine(at(2))).includes('there'));
    await held.release();
    await Promise.all(waits);
    assert.deepEqual(order, ['here', 'there']);
  });

  it('has nobody who waits for a lock that only his own store knows', async () => {
    const [root] = roots;
    assert.ok(root);
    const loop = started.add(spawn('sleep', ['60']));
    fs.mkdirSync(root.running, { recursive: true });
    const record = { loop_name: 'nightly', scope: ['src'], pid: loop.pid, started_at: new Date().toISOString() };
    const file = path.join(root.running, 'nightly.lock');
    fs.writeFileSync(file, JSON.stringify(record));
    const waiting = take(at(0), ['src'], { holder: 'here' });
    await waitFor('it waits', async () => (await at(0).refresh()).waiters.length === 1);
    await (await take(at(1), ['src'], { holder: 'there' })).release();
    fs.unlinkSync(file);
    await (await waiting).release();
  });

  /** As a clone sees it that has no part in it. */
  async function namesInLine(onlooker: LockManager): Promise<readonly string[]> {
    return (await onlooker.refresh()).waiters.map(({ holder }) => holder.name);
  }
});

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
