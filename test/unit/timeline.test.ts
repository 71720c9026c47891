/** From a journal made by hand to what people see of it over time. */
import assert from 'node:assert/strict';
import type { JournalLine } from '../../src/core/journal.ts';
import type { Lock, LockId } from '../../src/core/lock.ts';
import { timelineOf, type Happening, type Timeline, type TimelineSource } from '../../src/core/timeline.ts';
import { lanesOf } from '../../src/core/timelineLanes.ts';
import type { Waiter } from '../../src/core/waiter.ts';

const now = 100_000;

type Told = Partial<JournalLine> & Pick<JournalLine, 'at' | 'event'>;

function line({ id = 'a', ...told }: Omit<Told, 'id'> & { readonly id?: string }): JournalLine {
  return { holder: 'nightly', by: 'wlock run, pid 1', scope: ['src'], ...told, id: id as LockId };
}

/** Endings name no scope, as the store writes them. */
function ending({ scope, ...told }: JournalLine): JournalLine {
  return told;
}

function lock(id: string, changes: Partial<Lock> = {}): Lock {
  return {
    id: id as LockId,
    protocol: 'loops',
    holder: { name: 'loop' },
    scope: [{ kind: 'path', path: '/w/docs' }],
    mode: 'exclusive',
    acquiredAt: 40_000,
    verdict: 'live',
    verdictReason: 'pid-running',
    evidence: [],
    enforced: true,
    mine: false,
    sameUser: true,
    file: `/w/${id}.lock`,
    fingerprint: id,
    ...changes,
  };
}

function waiter(id: string, changes: Partial<Waiter> = {}): Waiter {
  return {
    id: id as LockId,
    protocol: 'loops',
    holder: { name: 'patient' },
    scope: [{ kind: 'path', path: '/w/docs' }],
    mode: 'exclusive',
    since: 60_000,
    verdict: 'live',
    verdictReason: 'pid-running',
    evidence: [],
    mine: false,
    sameUser: true,
    idle: false,
    lineage: [],
    file: `/w/${id}.json`,
    ...changes,
  };
}

const timeline = (lines: readonly JournalLine[], there: Partial<TimelineSource> = {}, from = -Infinity): Timeline =>
  timelineOf({ lines, locks: [], waiters: [], takenAt: now, root: '/w', now, ...there }, from);

/** `hold src 10–20 released`, in seconds. */
function words(happening: Happening): string {
  const { kind, scope, from, to } = happening;
  const end = kind === 'refusal' ? `×${happening.count}` : happening.end;
  return `${kind} ${scope ?? '?'} ${from / 1_000}–${to / 1_000} ${end}`;
}

const said = (...args: Parameters<typeof timeline>): readonly string[] => timeline(...args).happenings.map(words);

describe('A timeline', () => {
  it('has a hold from its acquisition to its release, whatever renews or takes it over meanwhile', () => {
    const lines = [
      line({ at: 10_000, event: 'acquired' }),
      line({ at: 12_000, event: 'renewed' }),
      line({ at: 14_000, event: 'transferred' }),
      ending(line({ at: 20_000, event: 'released', heldMs: 10_000 })),
    ];
    assert.deepEqual(said(lines), ['hold src 10–20 released']);
  });

  it('says who reaped a lock, or released it by force, and does not tell the loss of it again', () => {
    for (const event of ['reaped', 'forced'] as const) {
      const { happenings } = timeline([
        line({ at: 10_000, event: 'acquired' }),
        ending(line({ at: 20_000, event, by: 'alice, pid 7' })),
        ending(line({ at: 21_000, event: 'lost', cause: event })),
      ]);
      assert.deepEqual(happenings.map(words), [`hold src 10–20 ${event}`]);
      assert.equal(happenings[0]?.by, 'alice, pid 7');
    }
  });

  it('tells a loss that nobody else has told', () => {
    const lines = [line({ at: 10_000, event: 'acquired' }), ending(line({ at: 20_000, event: 'lost' }))];
    assert.deepEqual(said(lines), ['hold src 10–20 lost']);
  });

  it('has a hold twice where the same id was taken twice', () => {
    const once = [line({ at: 10_000, event: 'acquired' }), ending(line({ at: 20_000, event: 'released' }))];
    const again = once.map((each) => ({ ...each, at: each.at + 30_000 }));
    assert.deepEqual(said([...once, ...again]), ['hold src 10–20 released', 'hold src 40–50 released']);
  });

  it('reckons the beginning that is no longer remembered from the end, and does not know the scope', () => {
    assert.deepEqual(said([ending(line({ at: 20_000, event: 'reaped', heldMs: 15_000 }))]), ['hold ? 5–20 reaped']);
  });

  it('has a wait until the lock was granted, then the hold', () => {
    const lines = [
      line({ at: 10_000, event: 'waited' }),
      line({ at: 15_000, event: 'acquired', waitedMs: 5_000 }),
      ending(line({ at: 20_000, event: 'released' })),
    ];
    assert.deepEqual(said(lines), ['wait src 10–15 granted', 'hold src 15–20 released']);
  });

  it('has a wait that was given up, also where only its end is remembered', () => {
    const end = line({ at: 20_000, event: 'conflicted', cause: 'timed-out', waitedMs: 5_000 });
    assert.deepEqual(said([line({ at: 15_000, event: 'waited' }), end]), ['wait src 15–20 timed-out']);
    assert.deepEqual(said([end]), ['wait src 15–20 timed-out']);
    assert.deepEqual(said([{ ...end, cause: 'cancelled' }]), ['wait src 15–20 timed-out']);
  });

  it('has a refusal at its moment, with how many there were', () => {
    assert.deepEqual(said([line({ at: 20_000, event: 'conflicted', count: 3 })]), ['refusal src 20–20 ×3']);
  });

  it('lets last until now what is still there, and says of what is gone that nobody wrote down how', () => {
    const lines = [
      line({ id: 'there', at: 10_000, event: 'acquired' }),
      line({ id: 'dead', at: 11_000, event: 'acquired' }),
      line({ id: 'gone', at: 12_000, event: 'acquired' }),
      line({ id: 'gone', at: 13_000, event: 'renewed' }),
      line({ id: 'waits', at: 14_000, event: 'waited' }),
      line({ id: 'went', at: 15_000, event: 'waited' }),
    ];
    const locks = [lock('there'), lock('dead', { verdict: 'stale' })];
    assert.deepEqual(said(lines, { locks, waiters: [waiter('waits')] }), [
      'hold src 10–100 held',
      'hold src 11–100 stale',
      'hold src 12–13 unknown',
      'wait src 14–100 waiting',
      'wait src 15–15 unknown',
    ]);
  });

  it('does not call gone what was taken after the picture of the locks', () => {
    const lines = [line({ at: 10_000, event: 'acquired' }), line({ id: 'b', at: 11_000, event: 'waited' })];
    assert.deepEqual(said(lines, { takenAt: 9_000 }), ['hold src 10–100 held', 'wait src 11–100 waiting']);
  });

  it('has the locks and waiters of now of tools that keep no journal, but not what is no lock', () => {
    const locks = [lock('x'), lock('y', { verdict: 'malformed' })];
    const waiters = [waiter('z'), waiter('dead', { verdict: 'stale' })];
    assert.deepEqual(said([], { locks, waiters }), ['hold docs 40–100 held', 'wait docs 60–100 waiting']);
  });

  it('makes no span of negative length when a clock was set back', () => {
    const lines = [line({ at: 10_000, event: 'acquired' }), ending(line({ at: 5_000, event: 'released' }))];
    assert.deepEqual(said(lines), ['hold src 10–10 released']);
    assert.deepEqual(said([], { locks: [lock('x', { acquiredAt: now + 5_000 })] }), ['hold docs 100–100 held']);
  });

  it('leaves out what ended before a time, and keeps what reaches into it', () => {
    const lines = [
      line({ id: 'a', at: 10_000, event: 'acquired' }),
      ending(line({ id: 'a', at: 20_000, event: 'released' })),
      line({ id: 'b', at: 10_000, event: 'acquired' }),
      ending(line({ id: 'b', at: 40_000, event: 'released' })),
    ];
    assert.deepEqual(said(lines, {}, 30_000), ['hold src 10–40 released']);
  });

  it('keeps the newest two thousand, and says how many it left out', () => {
    const lines = Array.from({ length: 2_005 }, (_, index) => line({ at: index, event: 'conflicted' }));
    const { happenings, leftOut } = timeline(lines);
    assert.equal(leftOut, 5);
    assert.equal(happenings.length, 2_000);
    assert.equal(happenings[0]?.from, 5);
  });

  it('names each happening with a key of its own, which stays the same as time goes on', () => {
    const lines = [
      line({ at: 10_000, event: 'conflicted' }),
      line({ at: 10_000, event: 'conflicted' }),
      line({ at: 10_000, event: 'acquired' }),
    ];
    const keys = (source: Partial<TimelineSource>): readonly string[] =>
      timeline(lines, source).happenings.map(({ key }) => key);
    const first = keys({ locks: [lock('a')] });
    assert.equal(new Set(first).size, 3);
    assert.deepEqual(keys({ locks: [lock('a')], now: now + 1_000 }), first);
  });
});

describe('The lanes of a timeline', () => {
  const hold = (scope: string, id: string, from: number, to: number): readonly JournalLine[] => [
    line({ id, at: from, event: 'acquired', scope: [scope] }),
    ending(line({ id, at: to, event: 'released' })),
  ];
  const lanes = (lines: readonly JournalLine[], hot: readonly string[] = [], leastMs = 0): readonly string[] =>
    lanesOf(timeline(lines).happenings, hot, leastMs).map(
      ({ scope, rows, placed }) =>
        `${scope ?? '?'} (${rows}): ${placed.map(({ happening, row }) => `${happening.kind}@${row}`).join(' ')}`,
    );

  it('are one for each scope: hot ones first, then the newest, and last what has no scope any more', () => {
    const lines = [
      ...hold('old', 'a', 1_000, 2_000),
      ...hold('new', 'b', 3_000, 4_000),
      ...hold('hot', 'c', 500, 600),
      ending(line({ id: 'd', at: 9_000, event: 'reaped' })),
    ];
    assert.deepEqual(lanes(lines, ['hot']), ['hot (1): hold@0', 'new (1): hold@0', 'old (1): hold@0', '? (1): hold@0']);
  });

  it('put into rows below each other what happened at the same time, holds above waits', () => {
    const lines = [
      line({ id: 'w', at: 1_500, event: 'waited' }),
      ...hold('src', 'a', 1_000, 2_000),
      line({ id: 'w', at: 2_000, event: 'acquired' }),
      ending(line({ id: 'w', at: 3_000, event: 'released' })),
    ];
    assert.deepEqual(lanes(lines), ['src (2): hold@0 wait@1 hold@0']);
  });

  it('keep in one row what follows each other, unless it is so short that it would be drawn over each other', () => {
    const lines = [
      ...hold('src', 'a', 1_000, 2_000),
      ...hold('src', 'b', 2_000, 2_010),
      ...hold('src', 'c', 2_020, 3_000),
    ];
    assert.deepEqual(lanes(lines, [], 5), ['src (1): hold@0 hold@0 hold@0']);
    assert.deepEqual(lanes(lines, [], 50), ['src (2): hold@0 hold@0 hold@1']);
  });

  it('are never higher than six rows, however much happened at once', () => {
    const lines = Array.from({ length: 50 }, (_, index) => hold('src', `id ${index}`, index, 5_000)).flat();
    assert.match(lanes(lines)[0] ?? '', /^src \(6\): /);
  });
});
