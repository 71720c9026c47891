import * as assert from 'node:assert/strict';
import { formatKib, formatTimes, formatUs, threeDigits } from '../../bench/report/units.ts';

describe('Figures of the benchmark', () => {
  it('have three digits', () => {
    assert.deepEqual([0.0714, 0.9996, 1.234, 9.996, 12.34, 99.96, 1_234.5].map(threeDigits), [
      '0.071',
      '1.00',
      '1.23',
      '10.0',
      '12.3',
      '100',
      '1235',
    ]);
  });

  it('have a unit that fits', () => {
    assert.deepEqual([0.5, 999.4, 999.6, 1_500, 999_600, 2_000_000].map(formatUs), [
      '0.500 µs',
      '999 µs',
      '1.00 ms',
      '1.50 ms',
      '1.00 s',
      '2.00 s',
    ]);
    assert.equal(formatKib(1_536), '1.50 KiB');
    assert.equal(formatTimes(2), '2.00 ×');
  });

  it('are a dash where nothing was measured', () => {
    assert.equal(formatUs(NaN), '–');
    assert.equal(formatTimes(NaN), '–');
  });
});
