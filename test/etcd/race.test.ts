import assert from 'node:assert/strict';
import { clusterRace, figures } from './race/clusterRace.ts';

describe('Holders of three clones of one repository', () => {
  it('never count themselves as holding together, whatever happens to them and to the cluster', async () => {
    const result = await clusterRace(1);
    console.log(`      ${figures(result)}`);
    assert.deepEqual(result.overlaps, []);
    assert.deepEqual(result.tokensBack, []);
    assert.equal(result.lateTaken, 0);
    assert.deepEqual(
      result.failures.filter(({ code }) => code !== 'etcd-unreachable'),
      [],
    );
    assert.ok(result.lost + result.refused > 0, 'somebody has lost what he held');
  }).timeout(240_000);
});
