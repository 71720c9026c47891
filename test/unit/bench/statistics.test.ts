import * as assert from 'node:assert/strict';
import { figureOf, jain, median, quantile, ratioOf } from '../../bench/harness/statistics.ts';

describe('The statistics of the benchmark', () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);

  it('take the value in the middle for the median, or the mean of the two that are', () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 2, 9]), 3);
    assert.equal(median([7]), 7);
    assert.ok(Number.isNaN(median([])));
  });

  it('take for the 99th percentile what only one in a hundred exceeds', () => {
    assert.equal(quantile(hundred, 0.99), 99);
    assert.equal(quantile([3, 1, 2], 0.99), 3);
    assert.equal(quantile(hundred, 0.5), 50);
    assert.ok(Number.isNaN(quantile([], 0.99)));
  });

  it('sort numbers as numbers, and leave their source as it was', () => {
    const values = [100, 9, 20];
    assert.equal(median(values), 20);
    assert.deepEqual(values, [100, 9, 20]);
  });

  it('say how far the rounds differ, whatever single values do', () => {
    const figure = figureOf([
      [1, 2, 1_000],
      [4, 4, 4],
      [3, 3, 3],
    ]);
    assert.deepEqual(figure, { median: 3, p99: 1_000, low: 2, high: 4, samples: 9 });
  });

  it('compare round by round, so that a round in which all were slow changes nothing', () => {
    assert.equal(ratioOf([[20], [200], [20]], [[10], [100], [10]]), 2);
  });

  it('compare only rounds that both took part in', () => {
    assert.equal(ratioOf([[30]], [[10], [1], [1]]), 3);
    assert.ok(Number.isNaN(ratioOf([[]], [[1]])));
  });

  it('call equal shares fair, and those of one who got all unfair', () => {
    assert.equal(jain([5, 5, 5, 5]), 1);
    assert.equal(jain([8, 0, 0, 0]), 0.25);
    assert.ok(jain([10, 9, 11, 10]) > 0.99);
    assert.ok(Number.isNaN(jain([0, 0])));
  });
});
