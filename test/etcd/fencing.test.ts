/** A holder that is stopped for longer than the cluster waits, and then goes on where it was. */
import assert from 'node:assert/strict';
import { Clones } from './clones.ts';
import { EtcdCluster } from './cluster.ts';
import { judge } from './race/beliefs.ts';
import { Holders, type Manner } from './race/holders.ts';
import type { ResourceKind } from './race/resource.ts';

describe('A holder that was stopped past its TTL', () => {
  let cluster: EtcdCluster;
  let clones: Clones;
  before(async () => (cluster = await EtcdCluster.start({ members: 3, quick: true })));
  beforeEach(() => (clones = new Clones({ endpoints: cluster.endpoints })));
  afterEach(() => clones[Symbol.asyncDispose]());
  after(() => cluster.end());

  /** The one goes on only after the other, of another clone, has held and written. */
  async function stopPastTtl(manner: Manner, kind: ResourceKind): Promise<Holders> {
    const holders = await Holders.open(kind);
    try {
      const first = holders.start(clones.make(), manner);
      await holders.until(first, manner === 'late' ? 'about' : 'holds');
      first.program.kill('SIGSTOP');
      const second = holders.start(clones.make());
      await holders.until(second, 'holds');
      await holders.until(second, 'holds'); // so that its first write has been answered
      second.program.kill('SIGSTOP'); // holding, or between two locks
      holders.allow();
      const heard = holders.until(first, ['holds', 'lost', 'refused']);
      first.program.kill('SIGCONT');
      const { what, isLost } = await heard;
      // Refused is who was stopped after the look and before the answer; he knows it too, now.
      if (manner === 'deaf') assert.equal(what, 'holds');
      else assert.ok(what === 'lost' || isLost, what);
      second.program.kill('SIGCONT');
      return holders;
    } catch (error) {
      await holders[Symbol.asyncDispose]();
      throw error;
    }
  }

  it('says first of all that it has lost, so that never two count themselves as holding', async () => {
    await using holders = await stopPastTtl('steady', 'fenced');
    await holders.finish();
    const { overlaps, lost, refused, holdings } = judge(holders.lines);
    assert.deepEqual(overlaps, []);
    assert.ok(lost + refused >= 1 && holdings >= 2);
    assert.equal(holders.resource.lateTaken, 0);
  });

  it('is refused by a fenced resource where its write was on the way already', async () => {
    await using holders = await stopPastTtl('late', 'fenced');
    assert.ok(holders.resource.lateRefused >= 1);
    assert.equal(holders.resource.lateTaken, 0);
    assert.deepEqual(judge(holders.lines).overlaps, []);
  });

  it('would be seen if it did not listen: by the judge, and in a resource without a fence', async () => {
    await using holders = await stopPastTtl('deaf', 'open');
    assert.ok(judge(holders.lines).overlaps.length > 0);
    assert.ok(holders.resource.lateTaken > 0);
  });
});
