/** Who waits, over several clones of one repository. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { openLocks, type LockManager } from '../../src/manager/lockManager.ts';
import type { HeldLock } from '../../src/manager/heldLock.ts';
import { TemporaryRoot } from '../real/temporaryRoot.ts';
import { waitFor } from '../real/waitFor.ts';
import { EtcdCluster } from './cluster.ts';

describe('The line of a cluster', () => {
  let cluster: EtcdCluster;
  let namespace: string;
  let roots: TemporaryRoot[];
  let managers: LockManager[];
  let loop: ChildProcess | undefined;
  before(async () => (cluster = await EtcdCluster.start({ members: 1, quick: true })));
  after(() => cluster.end());
  beforeEach(() => {
    namespace = randomUUID();
    roots = [];
    managers = [];
  });
  afterEach(async () => {
    loop?.kill('SIGKILL');
    loop = undefined;
    for (const manager of managers) await manager.close();
    for (const root of roots) root[Symbol.dispose]();
  });

  const clone = async (): Promise<LockManager> => {
    const root = new TemporaryRoot();
    roots.push(root);
    fs.writeFileSync(root.in('.wlock.json'), JSON.stringify({ etcd: { endpoints: cluster.endpoints, namespace } }));
    return await another(root.path);
  };
  /** Another process of the same clone. */
  const another = async (root: string): Promise<LockManager> => {
    const manager = await openLocks({ root, environment: {} });
    managers.push(manager);
    return manager;
  };
  const take = async (manager: LockManager, scope: string, holder: string, waitMs?: number): Promise<HeldLock> => {
    const outcome = await manager.acquire({ scope: [scope], holder, ...(waitMs === undefined ? {} : { waitMs }) });
    assert.ok(outcome.ok, holder);
    return outcome.held;
  };
  const untilWaits = (onlooker: LockManager, name: string): Promise<unknown> =>
    waitFor(`${name} waits`, async () => (await onlooker.refresh()).waiters.some(({ holder }) => holder.name === name));

  it('is in the order of coming, also of who waits for a lock of his own clone', async () => {
    const [first, second] = [await clone(), await clone()];
    const held = await take(first, 'src', 'holder');
    const order: string[] = [];
    const wait = async (manager: LockManager, name: string): Promise<void> => {
      const lock = await take(manager, 'src/x', name, 60_000);
      order.push(name);
      await lock.release();
    };
    const waits = [wait(await another(first.root.path), 'here')];
    await untilWaits(second, 'here');
    waits.push(wait(second, 'there'));
    await untilWaits(first, 'there');
    await held.release();
    await Promise.all(waits);
    assert.deepEqual(order, ['here', 'there']);
  });

  it('has nobody who waits for a lock that only his own store knows', async () => {
    const [first, second] = [await clone(), await clone()];
    const [root] = roots;
    assert.ok(root);
    fs.mkdirSync(root.running, { recursive: true });
    loop = spawn('sleep', ['60'], { stdio: 'ignore' });
    const record = { loop_name: 'nightly', scope: ['src'], pid: loop.pid, started_at: new Date().toISOString() };
    fs.writeFileSync(`${root.running}/nightly.lock`, JSON.stringify(record));
    const waiting = first.acquire({ scope: ['src'], holder: 'here', waitMs: 60_000 });
    await untilWaits(first, 'here');
    await (await take(second, 'src', 'there')).release();
    fs.unlinkSync(`${root.running}/nightly.lock`);
    const outcome = await waiting;
    assert.ok(outcome.ok);
    await outcome.held.release();
  });
});
