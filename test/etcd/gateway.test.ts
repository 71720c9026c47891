/** Several members, of which some do not answer. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { EtcdCluster } from './cluster.ts';
import { CutProxy } from './cutProxy.ts';
import { freePorts } from './freePorts.ts';
import { gatewayTo } from './programs.ts';

describe('Asking a cluster of which a member does not answer', () => {
  let cluster: EtcdCluster;
  let living: string;
  let dead: string;
  before(async () => {
    cluster = await EtcdCluster.start({ members: 1, quick: true });
    [living = ''] = cluster.endpoints;
    dead = `http://127.0.0.1:${(await freePorts(1))[0]}`;
  });
  after(() => cluster.end());

  it('finds the one that answers, for many questions at once too', async () => {
    const gateway = gatewayTo([dead, living]);
    const keys = Array.from({ length: 8 }, () => randomUUID());
    assert.deepEqual(
      await Promise.all(keys.map((key) => gateway.find(key))),
      keys.map(() => undefined),
    );
    gateway.close();
  });

  it('finds it again after it was away, though another question has looked elsewhere meanwhile', async () => {
    await using proxy = await CutProxy.start(cluster.ports[0] ?? 0);
    const gateway = gatewayTo([proxy.endpoint, living, dead], 500);
    await gateway.find('a');
    proxy.cut({ how: 'hang' });
    const answers = await Promise.all(['b', 'c', 'd', 'e', 'f'].map((key) => gateway.find(key)));
    assert.equal(answers.length, 5);
    gateway.close();
  });

  it('says each member’s trouble where none answers', async () => {
    await using proxy = await CutProxy.start(cluster.ports[0] ?? 0);
    proxy.cut({ how: 'hang' });
    const gateway = gatewayTo([proxy.endpoint, dead], 300);
    await assert.rejects(gateway.find('a'), (error: Error) => {
      assert.ok(error.message.includes(`${proxy.endpoint}: no answer within 300 ms`), error.message);
      assert.ok(error.message.includes(`${dead}: `), error.message);
      return true;
    });
    gateway.close();
  });
});
