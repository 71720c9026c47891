/** What answers where a cluster should, and what others have put where our keys are. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LockManager } from '../../src/manager/library.ts';
import { runWlock } from '../real/wlock.ts';
import { Clones } from './clones.ts';
import { EtcdCluster } from './cluster.ts';
import { gatewayTo } from './programs.ts';

describe('A stranger', () => {
  let cluster: EtcdCluster;
  let servers: Server[];
  let clones: Clones;
  before(async () => (cluster = await EtcdCluster.start({ members: 1, quick: true })));
  after(() => cluster.end());
  beforeEach(() => {
    servers = [];
    clones = new Clones({ endpoints: cluster.endpoints });
  });
  afterEach(async () => {
    await clones[Symbol.asyncDispose]();
    for (const server of servers) server.closeAllConnections();
    for (const server of servers) server.close();
  });

  const answering = async (status: number, body: string): Promise<string> => {
    const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  describe('that answers at an endpoint', () => {
    for (const [status, body] of [
      [200, '{}'],
      [200, 'null'],
      [200, '<html></html>'],
      [503, '{"error": "Service Unavailable"}'],
      [404, '{}'],
    ] as const) {
      it(`is not believed where it says ${status} ${body}, and the next one is asked`, async () => {
        const stranger = await answering(status, body);
        const alone = clones.make([stranger]);
        const refused = await runWlock(['run', '--path', 'src', '--', 'true'], { cwd: alone.path });
        assert.equal(refused.code, 1, refused.stderr);
        assert.match(refused.stderr, /The etcd cluster cannot be reached/);
        const both = clones.make([stranger, ...cluster.endpoints]);
        const { code, stderr } = await runWlock(['run', '--path', 'src', '--', 'true'], { cwd: both.path });
        assert.equal(code, 0, stderr);
      });
    }
  });

  it('is no reason to say that something is free', async () => {
    const { path } = clones.make([await answering(200, '{}')]);
    for (const words of [
      ['check', 'src'],
      ['wait', 'src', '--timeout', '5s'],
    ]) {
      const { code, stderr } = await runWlock(words, { cwd: path });
      assert.equal(code, 1, words.join(' '));
      assert.match(stderr, /cannot be reached/);
    }
    const { stdout } = await runWlock(['list', '--json'], { cwd: path });
    const { problems } = JSON.parse(stdout) as { problems: readonly string[] };
    assert.match(problems.join(), /cannot be reached/);
  });

  describe('that has put keys among ours', () => {
    const record = (scope: string): string =>
      JSON.stringify({ version: 1, entries: [{ path: scope }], name: 'x', session: 's', store: 'q', pid: 1 });

    const put = async (key: string, value: string): Promise<LockManager> => {
      const gateway = gatewayTo(cluster.endpoints);
      const prefix = `/workspace-locks/v1/${clones.namespace}/`;
      await gateway.commit({ compare: [], changes: [{ kind: 'put', key: prefix + key, value }], otherwise: [] });
      gateway.close();
      return await clones.open(clones.make());
    };
    const isGranted = async (locks: LockManager, scope: string): Promise<boolean> => {
      const outcome = await locks.acquire({ scope: [scope], holder: 'test' });
      if (outcome.ok) await outcome.held.release();
      return outcome.ok;
    };

    it('without a lease is not said to be alive, and is in the way', async () => {
      const locks = await put('locks/path%3Asrc/a', record('src'));
      const [lock] = (await locks.refresh()).locks;
      assert.deepEqual([lock?.verdict, lock?.verdictReason], ['unknown', 'no-sign-of-life']);
      assert.equal(lock?.acquiredAt, undefined);
      assert.equal(await isGranted(locks, 'src/x'), false);
      assert.ok(lock && (await locks.forceRelease(lock)).kind === 'released');
      assert.equal(await isGranted(locks, 'src/x'), true);
    });

    for (const [what, value] of [
      ['whose scope is not that of its key', record('')],
      ['that cannot be read', 'not json'],
    ] as const) {
      it(`${what} is in the way where acquire looks for it, and the list says the same`, async () => {
        const locks = await put('locks/path%3Asrc/a', value);
        const [lock] = (await locks.refresh()).locks;
        assert.deepEqual([lock?.verdict, lock?.verdictReason], ['unknown', 'unreadable']);
        for (const scope of ['src', 'other']) {
          const isSeen = (await locks.blockersOf(locks.readScope([scope]))).length > 0;
          assert.equal(isSeen, scope === 'src', scope);
          assert.equal(await isGranted(locks, scope), !isSeen, scope);
        }
      });
    }
  });
});
