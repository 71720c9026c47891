/** Who may ask the cluster, and whom we tell who we are (DESIGN 9). */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { confirmEndpoints } from '../../src/manager/cluster/confirmedEndpoints.ts';
import type { TemporaryRoot } from '../real/temporaryRoot.ts';
import { runWlock, type WlockResult } from '../real/wlock.ts';
import { makeCertificates } from './certificates.ts';
import { Clones } from './clones.ts';
import { EtcdCluster } from './cluster.ts';

const words = ['run', '--path', 'a', '--', 'echo', 'held'];

describe('A cluster that asks who we are', () => {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function start(more: { readonly auth?: true; readonly tls?: true }): Promise<EtcdCluster> {
    const cluster = await EtcdCluster.start({ members: 1, quick: true, ...more });
    ends.push(() => cluster.end());
    return cluster;
  }

  function cloneOf(endpoints: readonly string[]): TemporaryRoot {
    const clones = new Clones({ endpoints });
    ends.push(() => clones[Symbol.asyncDispose]());
    return clones.make();
  }

  /** With a home of its own, so that nothing is confirmed but what the test confirms. */
  const run = (root: TemporaryRoot, what: readonly string[], environment: NodeJS.ProcessEnv): Promise<WlockResult> =>
    runWlock(what, { cwd: root.path, environment: { ...environment, XDG_CONFIG_HOME: root.in('config') } });

  const confirm = (root: TemporaryRoot, endpoints: readonly string[]): void =>
    confirmEndpoints({ endpoints }, { XDG_CONFIG_HOME: root.in('config') });

  it('lets in who has the password, and tells others what to do', async () => {
    const cluster = await start({ auth: true });
    const root = cloneOf(cluster.endpoints);
    confirm(root, cluster.endpoints);
    const { user, password } = cluster.credentials ?? { user: '', password: '' };
    const right = await run(root, words, { WLOCK_ETCD_USER: user, WLOCK_ETCD_PASSWORD: password });
    assert.deepEqual([right.code, right.stdout], [0, 'held\n'], right.stderr);
    for (const wrong of [{ WLOCK_ETCD_USER: user, WLOCK_ETCD_PASSWORD: 'guessed' }, {}]) {
      const refused = await run(root, words, wrong);
      assert.equal(refused.code, 1, refused.stderr);
      assert.match(refused.stderr, /The etcd server at \S+ refused: /);
      assert.match(refused.stderr, /WLOCK_ETCD_USER and WLOCK_ETCD_PASSWORD/);
      assert.ok(!refused.stderr.includes('guessed'));
      assert.deepEqual(root.records(), []);
    }
  });

  it('lets in who has its certificate, and tells others what is wrong', async () => {
    const cluster = await start({ tls: true });
    const root = cloneOf(cluster.endpoints);
    confirm(root, cluster.endpoints);
    const { certificates } = cluster;
    assert.ok(certificates);
    const { ca, clientCertificate: cert, clientKey: key } = certificates;
    const right = await run(root, words, { WLOCK_ETCD_CA: ca, WLOCK_ETCD_CERT: cert, WLOCK_ETCD_KEY: key });
    assert.deepEqual([right.code, right.stdout], [0, 'held\n'], right.stderr);
    const stranger = makeCertificates(path.join(cluster.folder, 'stranger'));
    for (const [wrong, says] of [
      [{ WLOCK_ETCD_CA: ca }, /certificate|alert/],
      [{ WLOCK_ETCD_CERT: cert, WLOCK_ETCD_KEY: key }, /certificate|self.signed/],
      [
        { WLOCK_ETCD_CA: ca, WLOCK_ETCD_CERT: stranger.clientCertificate, WLOCK_ETCD_KEY: stranger.clientKey },
        /certificate|alert/,
      ],
      [{ WLOCK_ETCD_CA: root.in('nowhere.pem') }, /nowhere\.pem.+cannot be read/],
    ] as const) {
      const refused = await run(root, words, wrong);
      assert.equal(refused.code, 1, refused.stderr);
      assert.match(refused.stderr, says);
      assert.deepEqual(root.records(), []);
    }
  });

  it('is told nothing before its endpoint is confirmed, also where another one is', async () => {
    const heard: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.once('end', () => {
        heard.push(`${JSON.stringify(request.headers)} ${body}`);
        response.end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(
      () =>
        new Promise((resolve) => {
          server.closeAllConnections();
          server.close(() => resolve());
        }),
    );
    const strange = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const cluster = await start({ auth: true });
    const root = cloneOf([...cluster.endpoints, strange]);
    confirm(root, cluster.endpoints);
    const { user, password } = cluster.credentials ?? { user: '', password: '' };
    const environment = { WLOCK_ETCD_USER: user, WLOCK_ETCD_PASSWORD: password };
    for (const what of [words, ['list'], ['doctor'], ['check', 'a']]) {
      const { stderr, stdout } = await run(root, what, environment);
      assert.ok(`${stdout}${stderr}`.includes(strange), `${what.join(' ')}: ${stdout}${stderr}`);
    }
    assert.equal(heard.length, 0, heard.join());
    confirm(root, [strange]);
    await run(root, ['list'], { ...environment, WLOCK_ETCD_USER: user });
    fs.writeFileSync(
      root.in('.wlock.json'),
      JSON.stringify({ etcd: { endpoints: [strange], namespace: 'n', ttlSeconds: 5 } }),
    );
    await run(root, ['list'], environment);
    assert.ok(
      heard.some((text) => text.includes(password)),
      'it would have been heard',
    );
  });
});
