import assert from 'node:assert/strict';
import type { JournalLine } from '../../src/core/journal.ts';
import type { LockId } from '../../src/core/lock.ts';
import { formatDuration } from '../../src/core/sentences.ts';
import { statsOf } from '../../src/core/stats.ts';

const minuteMs = 60_000;

describe('A duration', () => {
  it('is told as exactly as people need it', () => {
    for (const [ms, text] of [
      [0, 'a moment'],
      [999, 'a moment'],
      [45_000, '45 s'],
      [3 * minuteMs, '3 min'],
      [60 * minuteMs, '1 h'],
      [90 * minuteMs, '1 h 30 min'],
      [9 * 60 * minuteMs + minuteMs, '9 h 1 min'],
      [10 * 60 * minuteMs + 30 * minuteMs, '10 h'],
      [47 * 60 * minuteMs, '47 h'],
      [48 * 60 * minuteMs, '2 d'],
    ] as const)
      assert.equal(formatDuration(ms), text);
  });
});

describe('Statistics of a journal', () => {
  const line = (changes: Partial<JournalLine>): JournalLine => ({
    at: 0,
    event: 'conflicted',
    id: 'a' as LockId,
    holder: 'me',
    by: '',
    scope: ['src'],
    ...changes,
  });

  it('count who cancelled his wait as waiting, and not as refused', () => {
    const stats = statsOf([line({ event: 'waited' }), line({ cause: 'cancelled', waitedMs: 3_000 })]);
    assert.deepEqual([stats.refusals, stats.timeouts], [0, 0]);
    assert.deepEqual(stats.hotSpots, [
      { scope: 'src', acquisitions: 0, refusals: 0, waits: 1, waitedMs: 3_000, heldMs: 0 },
    ]);
  });

  it('have no hot spot where nobody asked for anything', () => {
    assert.deepEqual(statsOf([line({ event: 'reaped', heldMs: 5_000 })]).hotSpots, []);
  });
});
