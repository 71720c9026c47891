import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { isRunning } from '../real/started.ts';
import { waitFor } from '../real/waitFor.ts';
import { makeCertificates } from './certificates.ts';
import { EtcdCluster } from './cluster.ts';
import { CutProxy } from './cutProxy.ts';
import { ask } from './gateway.ts';

const key = Buffer.from('key').toString('base64');
const value = Buffer.from('value').toString('base64');

async function valueAt(endpoint: string, boundMs = 2_000): Promise<string | undefined> {
  const answer = await ask(`${endpoint}/v3/kv/range`, { body: { key }, boundMs });
  return (answer as { kvs?: readonly { value: string }[] }).kvs?.[0]?.value;
}

/** How many watches a member serves. */
async function watchers(endpoint: string): Promise<number> {
  const metrics = await (await fetch(`${endpoint}/metrics`)).text();
  return Number(/^etcd_debugging_mvcc_watcher_total (\d+)$/m.exec(metrics)?.[1]);
}

describe('The cluster that the tests of etcd use', () => {
  it('elects another leader after its leader was killed, and takes the killed one back', async () => {
    await using cluster = await EtcdCluster.start({ members: 3, quick: true });
    const first = await cluster.leader();
    await ask(`${cluster.endpoints[first]}/v3/kv/put`, { body: { key, value } });
    await cluster.kill(first);
    const second = await cluster.leader();
    assert.notEqual(second, first);
    await cluster.untilHealthy();
    assert.equal(await valueAt(cluster.endpoints[second] ?? ''), value);

    await cluster.restart(first);
    await cluster.untilHealthy();
    assert.equal(await valueAt(cluster.endpoints[first] ?? ''), value);
  });

  it('elects another leader while its leader is paused, and is whole when that one runs again', async () => {
    await using cluster = await EtcdCluster.start({ members: 3, quick: true });
    const first = await cluster.leader();
    cluster.pause(first);
    const second = await cluster.leader();
    assert.notEqual(second, first);
    cluster.resume(first);
    await cluster.untilHealthy();
  });

  it('is not healthy while most members are gone', async () => {
    await using cluster = await EtcdCluster.start({ members: 3, quick: true });
    await cluster.kill(0);
    await cluster.kill(1);
    assert.equal(await cluster.isHealthy(), false);
    await cluster.restart(1);
    await cluster.untilHealthy();
  });

  it('lets nobody in without the password, and a user who has it', async () => {
    await using cluster = await EtcdCluster.start({ members: 1, auth: true });
    const [endpoint = ''] = cluster.endpoints;
    await assert.rejects(valueAt(endpoint), /user name is empty/);
    const { user, password } = cluster.credentials ?? { user: '', password: '' };
    const answer = await ask(`${endpoint}/v3/auth/authenticate`, { body: { name: user, password }, boundMs: 10_000 });
    assert.match((answer as { token: string }).token, /./);
  });

  it('talks only to clients with its certificate', async () => {
    await using cluster = await EtcdCluster.start({ members: 1, tls: true });
    const { certificates } = cluster;
    const url = `${cluster.endpoints[0]}/v3/kv/put`;
    await ask(url, { certificates, body: { key, value } });
    assert.ok(certificates);
    const stranger = { ...makeCertificates(path.join(cluster.folder, 'stranger')), ca: certificates.ca };
    await assert.rejects(ask(url, { certificates: stranger, body: { key, value } }), /alert/);
  });

  it('leaves no process and no folder', async () => {
    const cluster = await EtcdCluster.start({ members: 1 });
    const pid = cluster.pid(0);
    cluster.pause(0);
    await cluster.end();
    assert.equal(isRunning(pid), false);
    assert.equal(fs.existsSync(cluster.folder), false);
  });
});

describe('The proxy that the tests of etcd cut', () => {
  let cluster: EtcdCluster;
  let proxy: CutProxy;
  let direct: string;
  before(async () => {
    cluster = await EtcdCluster.start({ members: 1, quick: true });
    [direct = ''] = cluster.endpoints;
  });
  after(() => cluster.end());
  beforeEach(async () => {
    proxy = await CutProxy.start(cluster.ports[0] ?? 0);
    await ask(`${proxy.endpoint}/v3/kv/put`, { body: { key, value } });
  });
  afterEach(() => proxy.end());

  it('hangs: nothing passes until it is healed, and then what had waited does', async () => {
    proxy.cut({ how: 'hang' });
    await assert.rejects(valueAt(proxy.endpoint, 300), { name: 'AbortError' });
    let passed = false;
    const waiting = valueAt(proxy.endpoint, 10_000).finally(() => (passed = true));
    assert.equal(await valueAt(direct), value); // its answer had time to come
    assert.equal(passed, false);
    proxy.heal();
    assert.equal(await waiting, value);
  });

  it('resets: what is open breaks and what is new breaks at once, until it is healed', async () => {
    const watch = ask(`${proxy.endpoint}/v3/watch`, { body: { create_request: { key } }, boundMs: 10_000 });
    const broken = assert.rejects(watch, { code: 'ECONNRESET' });
    await waitFor('the watch is there', async () => (await watchers(direct)) === 1);
    proxy.cut({ how: 'reset' });
    await broken;
    await assert.rejects(valueAt(proxy.endpoint), { code: 'ECONNRESET' });
    await waitFor('the server has heard of it', async () => (await watchers(direct)) === 0);
    proxy.heal();
    assert.equal(await valueAt(proxy.endpoint), value);
  });

  it('lets what passes come late', async () => {
    proxy.delay(200);
    const begunAt = performance.now();
    assert.equal(await valueAt(proxy.endpoint), value);
    assert.ok(performance.now() - begunAt >= 390, 'once there and once back'); // timers may be a few ms early
  });
});
