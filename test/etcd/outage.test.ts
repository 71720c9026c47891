/** A cluster that cannot be reached: refuse, say so, and go on by yourself when it is there again (DEPENDENCIES 5). */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { LockError } from '../../src/core/errors.ts';
import type { LostError } from '../../src/manager/lostError.ts';
import type { AcquireOptions, HeldLock, LockManager } from '../../src/manager/library.ts';
import type { TemporaryRoot } from '../real/temporaryRoot.ts';
import { waitFor } from '../real/waitFor.ts';
import { Started } from '../real/started.ts';
import { runWlock, spawnWlock } from '../real/wlock.ts';
import { Clones } from './clones.ts';
import { EtcdCluster } from './cluster.ts';
import { CutProxy } from './cutProxy.ts';
import { freePorts } from './freePorts.ts';

const ttlMs = 5_000;

describe('While the cluster cannot be reached', () => {
  let cluster: EtcdCluster;
  let proxies: readonly CutProxy[];
  let clones: Clones;
  let here: TemporaryRoot;
  let locks: LockManager;
  let elsewhere: LockManager;
  let started: Started;
  before(async () => (cluster = await EtcdCluster.start({ members: 3, quick: true })));
  after(() => cluster.end());
  beforeEach(async () => {
    started = new Started();
    proxies = await Promise.all(cluster.ports.map((port) => CutProxy.start(port)));
    clones = new Clones({ endpoints: cluster.endpoints });
    here = clones.make(proxies.map(({ endpoint }) => endpoint));
    locks = await clones.open(here);
    elsewhere = await clones.open(clones.make());
  });
  afterEach(async () => {
    heal();
    await started.endAll();
    await clones[Symbol.asyncDispose]();
    for (const proxy of proxies) await proxy.end();
  });

  const cut = (how: 'hang' | 'reset'): void => {
    for (const proxy of proxies) proxy.cut({ how });
  };
  const heal = (): void => {
    for (const proxy of proxies) proxy.heal();
  };

  async function take(by: LockManager, text: string, more: Partial<AcquireOptions> = {}): Promise<HeldLock> {
    const outcome = await by.acquire({ scope: [{ as: 'path', text }], holder: 'somebody', ...more });
    assert.ok(outcome.ok, JSON.stringify(outcome));
    return outcome.held;
  }

  const isUnreachable = (error: LockError): boolean => {
    assert.equal(error.code, 'etcd-unreachable');
    for (const { endpoint } of proxies) assert.ok(error.message.includes(endpoint), error.message);
    return true;
  };

  for (const how of ['hang', 'reset'] as const) {
    it(`nothing is locked, in some seconds, and each endpoint is named (${how})`, async () => {
      cut(how);
      const begunAt = performance.now();
      await assert.rejects(take(locks, 'a'), isUnreachable);
      assert.ok(performance.now() - begunAt < 8_000);
      assert.deepEqual(here.records(), []);
      heal();
      await (await take(locks, 'a')).release();
    });
  }

  it('what is locked here is listed, with the problem; and all of it again afterwards, without a restart', async () => {
    const own = await take(locks, 'own');
    await take(elsewhere, 'theirs');
    locks.watch();
    await waitFor('both are seen', () => locks.snapshot.locks.length === 2);
    cut('reset');
    await waitFor('the problem is told', () => locks.problem !== undefined);
    assert.match(locks.problem?.message ?? '', /^The etcd cluster cannot be reached/);
    assert.deepEqual(
      locks.snapshot.locks.map(({ id }) => id),
      [own.id],
    );
    const { code, stdout, stderr } = await runWlock(['list'], { cwd: here.path });
    assert.equal(code, 0);
    assert.match(stdout, /own/);
    assert.match(stderr, /cannot be reached/);
    heal();
    await waitFor('both are seen again', () => locks.snapshot.locks.length === 2 && locks.problem === undefined);
    assert.equal(own.lost.aborted, false, 'its lease has survived');
  });

  it('a holder whose lease survives keeps its lock', async () => {
    const held = await take(locks, 'a');
    cut('hang');
    await waitFor('a keepalive has come to nothing', () => elapsed(), 3_500);
    heal();
    const until = performance.now() + ttlMs;
    await waitFor('a TTL has gone by', () => performance.now() > until);
    assert.equal(held.lost.aborted, false);
    const other = await elsewhere.acquire({ scope: [{ as: 'path', text: 'a' }], holder: 'other' });
    assert.equal(other.ok, false);
  });

  it('a holder is told in time that its lease is over, and who waits elsewhere gets the lock only then', async () => {
    const held = await take(locks, 'a');
    let lostAt = Infinity;
    held.lost.addEventListener('abort', () => (lostAt = performance.now()));
    const waiting = take(elsewhere, 'a', { waitMs: 20_000 }).then((next) => ({ next, at: performance.now() }));
    cut('hang');
    const { next, at } = await waiting;
    assert.ok(lostAt < at, `lost ${at - lostAt} ms before`);
    assert.deepEqual((held.lost.reason as LostError).cause, { kind: 'lease-over', protocol: 'etcd' });
    heal();
    await held.release();
    assert.equal(next.lost.aborted, false);
    await next.release();
    await (await take(locks, 'a')).release();
  });

  it('a holder is told in time also where it is just being renewed', async () => {
    const held = await take(locks, 'a', { ttlMs: 60_000 });
    let lostAt = Infinity;
    held.lost.addEventListener('abort', () => (lostAt = performance.now()));
    cut('hang');
    const cutAt = performance.now();
    const enough = new AbortController();
    const renewing = (async () => {
      for (; !enough.signal.aborted; await delay(10)) await held.renew().catch(() => undefined);
    })();
    await waitFor('it is told', () => lostAt < Infinity, ttlMs + 1_000);
    assert.ok(lostAt - cutAt < ttlMs, `${lostAt - cutAt} ms after the cut`);
    enough.abort();
    heal();
    await renewing;
  });

  it('who waits goes on waiting, and gets its lock when it is over', async () => {
    const theirs = await take(elsewhere, 'a');
    const blocked: string[] = [];
    const waiting = take(locks, 'a', {
      waitMs: 60_000,
      onWaiting: ({ locks: [lock] }) => blocked.push(lock?.id ?? ''),
    });
    await waitFor('it waits for it', () => blocked.includes(theirs.id));
    cut('hang');
    await waitFor('it has noticed', () => elapsed(), 9_000);
    await theirs.release();
    heal();
    await (await waiting).release();
  });

  it('who begins to wait while it hangs waits too, also where it still sees who is in the way', async () => {
    const theirs = await take(elsewhere, 'a');
    await take(locks, 'own'); // so that there is a watch
    locks.watch();
    await waitFor('it is seen', () => locks.snapshot.locks.length === 2);
    cut('hang');
    let isOver = false;
    const waiting = take(locks, 'a', { waitMs: 60_000 }).finally(() => (isOver = true));
    await waitFor('it has noticed', () => isOver || elapsed(7_500), 9_000);
    assert.equal(isOver, false);
    await theirs.release();
    heal();
    await (await waiting).release();
  });

  it('who waits, and could go when it begins to hang, waits too', async () => {
    await take(locks, 'own'); // so that there is a lease, and a watch
    const words = ['run', '--path', 'a', '--', 'sh', '-c', 'echo in; exec sleep 1000'];
    const holder = started.add(spawnWlock(words, { cwd: here.path }));
    await waitFor('it is held', () => holder.output.includes('in'));
    let isOver = false;
    const waiting = take(locks, 'a', { waitMs: 60_000 }).finally(() => (isOver = true));
    await waitFor('it waits', async () => (await locks.refresh()).waiters.length === 1);
    cut('hang');
    holder.kill('SIGKILL');
    await holder.ended();
    await waitFor('it has noticed', () => isOver || elapsed(7_500), 9_000);
    assert.equal(isOver, false);
    heal();
    await (await waiting).release();
  });

  it('a member that was dead from the beginning is passed over', async () => {
    const dead = `http://127.0.0.1:${(await freePorts(1))[0]}`;
    const clone = clones.make([dead, ...cluster.endpoints]);
    const others = await clones.open(clone);
    const held = await take(others, 'a');
    assert.equal(held.lost.aborted, false);
    const { ok } = await elsewhere.acquire({ scope: [{ as: 'path', text: 'a' }], holder: 'other' });
    assert.equal(ok, false);
    await held.release();
  });

  it('one member that dies, or hangs, changes nothing for who holds and who waits', async () => {
    const held = await take(locks, 'a');
    const waiting = take(elsewhere, 'a', { waitMs: 60_000 });
    proxies[0]?.cut({ how: 'hang' });
    await cluster.kill(0);
    const until = performance.now() + ttlMs * 1.5;
    await waitFor('more than a TTL has gone by', () => performance.now() > until);
    assert.equal(held.lost.aborted, false);
    await held.release();
    await (await waiting).release();
    await cluster.restart(0);
    await cluster.untilHealthy();
  });

  let begunAt = 0;
  beforeEach(() => (begunAt = 0));
  /** Long enough for an answer not to come. */
  function elapsed(ms = 3_000): boolean {
    begunAt ||= performance.now();
    return performance.now() - begunAt > ms;
  }
});
