/** The table of DESIGN 4, row by row, and that the first row that matches wins. */
import assert from 'node:assert/strict';
import {
  judge,
  type Evidence,
  type Facts,
  type HoldState,
  type Reading,
  type Verdict,
  type VerdictReason,
} from '../../src/core/verdict.ts';

const hold = (state: HoldState): Pick<Facts, 'hold'> => ({
  hold: { state, file: '/s/alive/x' },
});
const running = (startTime?: string, startedAtMs?: number): Pick<Facts, 'process'> => ({
  process: {
    state: 'running',
    ...(startTime === undefined ? {} : { startTime }),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
  },
});
const gone = { process: { state: 'gone' } } as const;
const zombie = { process: { state: 'zombie' } } as const;
const otherMachine = { otherMachine: { host: 'far' } };
const remote = { remoteFileSystem: 'NFS' };
const otherBoot = { boot: 'other' } as const;
const pidNamespace = { otherNamespace: 'pid' } as const;
const timeNamespace = { otherNamespace: 'time' } as const;
const recorded = { recordedStartTime: 'ticks:1' };

const base: Facts = { pid: 100, process: { state: 'running' }, acquiredAtMs: 1_000_000 };

const table: readonly (readonly [string, Partial<Facts>, Verdict, VerdictReason])[] = [
  ['1: the hold is held', hold('held'), 'live', 'hold-held'],
  [
    '1 before 2: the kernel knows, wherever the record claims to come from',
    { ...hold('held'), ...otherMachine },
    'live',
    'hold-held',
  ],
  ['1 before 2: on a remote file system too', { ...hold('held'), ...remote }, 'live', 'hold-held'],
  ['1 before 3', { ...hold('held'), ...otherBoot }, 'live', 'hold-held'],
  ['1 before 6: the recorded process is dead, its command lives', { ...hold('held'), ...gone }, 'live', 'hold-held'],
  ['1 before 7', { ...hold('held'), ...recorded, ...running('ticks:2') }, 'live', 'hold-held'],
  ['2: another machine', otherMachine, 'unknown', 'other-machine'],
  ['2: a remote file system', remote, 'unknown', 'remote-file-system'],
  ['2 before 3: another machine has its own boots', { ...otherMachine, ...otherBoot }, 'unknown', 'other-machine'],
  [
    '2 before 4: a probe says nothing of another machine',
    { ...hold('released'), ...otherMachine },
    'unknown',
    'other-machine',
  ],
  ['2 before 4: nor on a remote file system', { ...hold('released'), ...remote }, 'unknown', 'remote-file-system'],
  ['2 before 6', { ...otherMachine, ...gone }, 'unknown', 'other-machine'],
  ['3: another boot', otherBoot, 'stale', 'rebooted'],
  ['3 before 4', { ...otherBoot, ...hold('released') }, 'stale', 'rebooted'],
  ['3 before 5', { ...otherBoot, ...pidNamespace }, 'stale', 'rebooted'],
  [
    '3 before 12: the pid is somebody else by now',
    { ...otherBoot, ...recorded, ...running('ticks:1') },
    'stale',
    'rebooted',
  ],
  ['4: the hold is released', hold('released'), 'stale', 'hold-released'],
  ['4 before 5: holds are seen through namespaces', { ...hold('released'), ...pidNamespace }, 'stale', 'hold-released'],
  [
    '4 before 12: the pid is alive',
    { ...hold('released'), ...recorded, ...running('ticks:1') },
    'stale',
    'hold-released',
  ],
  ['10 for a hold: it may not be looked at', { ...hold('unreadable'), ...gone }, 'unknown', 'hold-unreadable'],
  ['a missing hold leaves it to the pid: alive', hold('missing'), 'live', 'pid-running'],
  ['a missing hold leaves it to the pid: dead', { ...hold('missing'), ...gone }, 'stale', 'pid-dead'],
  ['a hold that is elsewhere leaves it to the pid: alive', hold('elsewhere'), 'live', 'pid-running'],
  [
    'a hold that is elsewhere leaves it to the pid: of another container',
    { ...hold('elsewhere'), ...pidNamespace, ...gone },
    'unknown',
    'other-pid-namespace',
  ],
  ['5: another pid namespace', pidNamespace, 'unknown', 'other-pid-namespace'],
  ['5: another time namespace', timeNamespace, 'unknown', 'other-time-namespace'],
  [
    '5 before 6: that pid is dead here, which says nothing',
    { ...pidNamespace, ...gone },
    'unknown',
    'other-pid-namespace',
  ],
  ['5 before 7', { ...timeNamespace, ...recorded, ...running('ticks:2') }, 'unknown', 'other-time-namespace'],
  ['6: no such process', gone, 'stale', 'pid-dead'],
  ['6: a zombie', zombie, 'stale', 'pid-dead'],
  ['6 before 7', { ...gone, ...recorded }, 'stale', 'pid-dead'],
  ['7: another start time', { ...recorded, ...running('ticks:2') }, 'stale', 'pid-recycled'],
  ['7 before 8', { ...recorded, ...running('ticks:2', 9_000_000) }, 'stale', 'pid-recycled'],
  ['8: younger than the lock', running(undefined, 1_002_001), 'unknown', 'perhaps-recycled'],
  ['8: younger, and its start time was not recorded', running('ticks:2', 1_002_001), 'unknown', 'perhaps-recycled'],
  [
    'not 8: within two seconds, which is what a boot time is exact to',
    running('ticks:2', 1_002_000),
    'live',
    'pid-running',
  ],
  [
    'not 8: the same start time proves it, whatever the clock says',
    { ...recorded, ...running('ticks:1', 9_000_000) },
    'live',
    'pid-running',
  ],
  [
    'not 8: no time in the record',
    { ...running('ticks:2', 9_000_000), acquiredAtMs: undefined },
    'live',
    'pid-running',
  ],
  ['12: the same process', { ...recorded, ...running('ticks:1') }, 'live', 'pid-running'],
  ['12: a process of which no start time is known', running(), 'live', 'pid-running'],
  ['12: recorded, but not known here', { ...recorded, ...running() }, 'live', 'pid-running'],
  [
    '9: a process lives, but its tool counts the record as over',
    { ...recorded, ...running('ticks:1'), lease: { ageMs: 61, limitMs: 60 } },
    'stale',
    'expired',
  ],
  ['9: the same without a start time', { ...running(), lease: { ageMs: 61, limitMs: 60 } }, 'stale', 'expired'],
  ['6 before 9', { ...gone, lease: { ageMs: 61, limitMs: 60 } }, 'stale', 'pid-dead'],
  ['7 before 9', { ...recorded, ...running('ticks:2'), lease: { ageMs: 61, limitMs: 60 } }, 'stale', 'pid-recycled'],
  [
    '8 before 9: nobody can tell',
    { ...running(undefined, 1_002_001), lease: { ageMs: 61, limitMs: 60 } },
    'unknown',
    'perhaps-recycled',
  ],
  [
    'not 9: exactly at its end it still counts',
    { ...running(), lease: { ageMs: 60, limitMs: 60 } },
    'live',
    'pid-running',
  ],
  ['a pid that no process can have', { pid: 0, process: undefined }, 'unknown', 'pid-invalid'],
];

describe('The verdict', () => {
  for (const [row, facts, verdict, reason] of table) {
    it(`row ${row}: ${verdict}`, () => {
      const judged = judge({ kind: 'record', facts: { ...base, ...facts } });
      assert.deepEqual([judged.verdict, judged.reason], [verdict, reason]);
      assert.ok(judged.evidence.length > 0, 'it says what it saw');
    });
  }

  it('row 10: a file that cannot be read is unknown', () => {
    const { verdict, reason, evidence } = judge({ kind: 'unreadable', problem: 'EACCES' });
    assert.deepEqual([verdict, reason], ['unknown', 'unreadable']);
    assert.deepEqual(evidence, [{ kind: 'record', problem: 'EACCES' }]);
  });

  it('row 11: what is no record is malformed', () => {
    const { verdict, reason } = judge({ kind: 'malformed', problem: 'it is empty' });
    assert.deepEqual([verdict, reason], ['malformed', 'not-a-record']);
  });

  const tools: readonly (readonly [string, Reading, Verdict, VerdictReason, readonly Evidence['kind'][]])[] = [
    ['9: a record without a process, over', { kind: 'lease', ageMs: 301, limitMs: 300 }, 'stale', 'expired', ['age']],
    ['9: not over', { kind: 'lease', ageMs: 300, limitMs: 300 }, 'live', 'not-expired', ['age']],
    [
      '9: of the future, by a clock that was set back',
      { kind: 'lease', ageMs: -9_000, limitMs: 300 },
      'live',
      'not-expired',
      ['age'],
    ],
    [
      '1: a file that the kernel has locked',
      { kind: 'kernel-lock', state: 'held', pid: 7 },
      'live',
      'hold-held',
      ['kernel-lock'],
    ],
    ['1: by whom it does not say', { kind: 'kernel-lock', state: 'held' }, 'live', 'hold-held', ['kernel-lock']],
    [
      'a file of which the system does not show it',
      { kind: 'kernel-lock', state: 'hidden' },
      'unknown',
      'lock-hidden',
      ['kernel-lock'],
    ],
    ['a record with neither a process nor a time', { kind: 'silent' }, 'unknown', 'no-sign-of-life', []],
    [
      'a file that somebody may be writing',
      { kind: 'perhaps-being-written', problem: 'it is empty' },
      'unknown',
      'perhaps-being-written',
      ['record'],
    ],
  ];
  for (const [row, reading, verdict, reason, kinds] of tools) {
    it(`of other tools, row ${row}: ${verdict}`, () => {
      const judged = judge(reading);
      assert.deepEqual([judged.verdict, judged.reason], [verdict, reason]);
      assert.deepEqual(
        judged.evidence.map(({ kind }) => kind),
        kinds,
      );
    });
  }

  it('shows the evidence in the order in which it was looked at', () => {
    const facts = { ...base, ...hold('missing'), boot: 'same' as const, ...recorded, ...running('ticks:2') };
    const { evidence } = judge({ kind: 'record', facts });
    assert.deepEqual(
      evidence.map(({ kind }) => kind),
      ['hold', 'boot', 'pid', 'start-time'],
    );
  });

  it('is stale only with proof: no mixture of facts without any is', () => {
    const proofs = new Set(['rebooted', 'hold-released', 'pid-dead', 'pid-recycled']);
    const holds = [{}, hold('held'), hold('released'), hold('missing'), hold('elsewhere'), hold('unreadable')];
    const places = [{}, otherMachine, remote, otherBoot, { boot: 'same' as const }, pidNamespace, timeNamespace];
    const processes = [
      gone,
      zombie,
      running(),
      running('ticks:1'),
      running('ticks:2', 9_000_000),
      { process: undefined },
    ];
    for (const a of holds)
      for (const b of places)
        for (const c of processes)
          for (const d of [{}, recorded]) {
            const { verdict, reason } = judge({ kind: 'record', facts: { ...base, ...a, ...b, ...c, ...d } });
            assert.equal(verdict === 'stale', proofs.has(reason));
          }
  });
});
