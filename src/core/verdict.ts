/**
 * Is a lock's holder alive, and how do we know? One pure function from facts to a verdict: the table
 * of DESIGN 4, rows in order, first match wins.
 */

export const verdicts = ['live', 'stale', 'unknown', 'malformed'] as const;

export type Verdict = (typeof verdicts)[number];

/** The row that decided. Codes are stable: scripts and the troubleshooting page name them. */
export const verdictReasons = [
  'hold-held',
  'other-machine',
  'remote-file-system',
  'rebooted',
  'hold-released',
  'hold-unreadable',
  'other-pid-namespace',
  'other-time-namespace',
  'pid-dead',
  'pid-recycled',
  'perhaps-recycled',
  'pid-invalid',
  'pid-running',
  'unreadable',
  'not-a-record',
] as const;

export type VerdictReason = (typeof verdictReasons)[number];

/** What was looked at, in the order in which it was looked at; shown to people and printed as JSON. */
export type Evidence =
  | { readonly kind: 'hold'; readonly state: HoldState; readonly file: string }
  | { readonly kind: 'machine'; readonly state: 'other'; readonly host: string }
  | { readonly kind: 'file-system'; readonly type: string }
  | { readonly kind: 'boot'; readonly state: 'same' | 'other' }
  | { readonly kind: 'namespace'; readonly namespace: 'pid' | 'time'; readonly state: 'other' }
  | { readonly kind: 'pid'; readonly pid: number; readonly state: 'gone' | 'zombie' | 'running' | 'invalid' }
  | { readonly kind: 'start-time'; readonly state: 'same' | 'different' | 'younger-than-lock' | 'not-recorded' }
  | { readonly kind: 'record'; readonly problem: string };

/**
 * `missing`: the record names a hold but its file is gone. `elsewhere`: the file here is not the one that was locked, as in
 * an overlay. In both the pid has to do.
 */
export type HoldState = 'held' | 'released' | 'missing' | 'elsewhere' | 'unreadable';

/** What the operating system says of a pid. EPERM counts as running; only ESRCH as gone. */
export type ProcessState =
  | { readonly state: 'gone' }
  /** A zombie with one task; one with several still runs threads and is reported as running. */
  | { readonly state: 'zombie' }
  | { readonly state: 'running'; readonly startTime?: string; readonly startedAtMs?: number };

/** Everything that the verdict of one readable record depends on. */
export interface Facts {
  readonly hold?: { readonly state: HoldState; readonly file: string };
  readonly otherMachine?: { readonly host: string };
  /** Name of the network file system that the record lies on. */
  readonly remoteFileSystem?: string;
  readonly boot?: 'same' | 'other';
  readonly otherNamespace?: 'pid' | 'time';
  /** `undefined` where the record has a pid that no process can have (0, negative, too large). */
  readonly pid: number;
  readonly process: ProcessState | undefined;
  readonly recordedStartTime?: string;
  /** Epoch ms, by the clock of whoever wrote the record. */
  readonly acquiredAtMs: number | undefined;
}

/** What became of reading one lock file. */
export type Reading =
  | { readonly kind: 'record'; readonly facts: Facts }
  | { readonly kind: 'unreadable'; readonly problem: string }
  | { readonly kind: 'malformed'; readonly problem: string };

export interface Judgement {
  readonly verdict: Verdict;
  readonly reason: VerdictReason;
  readonly evidence: readonly Evidence[];
}

/** A process's start is known to a second only (`btime`), and records are written after it. */
const startToleranceMs = 2_000;

export function judge(reading: Reading): Judgement {
  switch (reading.kind) {
    case 'unreadable': // row 10
      return { verdict: 'unknown', reason: 'unreadable', evidence: [{ kind: 'record', problem: reading.problem }] };
    case 'malformed': // row 11
      return { verdict: 'malformed', reason: 'not-a-record', evidence: [{ kind: 'record', problem: reading.problem }] };
    case 'record':
      return judgeRecord(reading.facts);
  }
}

function judgeRecord(facts: Facts): Judgement {
  const evidence: Evidence[] = [];
  const conclude = (verdict: Verdict, reason: VerdictReason): Judgement => ({ verdict, reason, evidence });
  const { hold } = facts;

  if (hold) evidence.push({ kind: 'hold', ...hold });
  if (hold?.state === 'held') return conclude('live', 'hold-held'); // row 1

  if (facts.otherMachine) {
    evidence.push({ kind: 'machine', state: 'other', host: facts.otherMachine.host });
    return conclude('unknown', 'other-machine'); // row 2
  }
  if (facts.remoteFileSystem !== undefined) {
    evidence.push({ kind: 'file-system', type: facts.remoteFileSystem });
    return conclude('unknown', 'remote-file-system'); // row 2
  }
  if (facts.boot) evidence.push({ kind: 'boot', state: facts.boot });
  if (facts.boot === 'other') return conclude('stale', 'rebooted'); // row 3
  if (hold?.state === 'released') return conclude('stale', 'hold-released'); // row 4
  // Row 10 for the hold: a command that inherited it may live on after the recorded pid, so the pid rows cannot decide.
  if (hold?.state === 'unreadable') return conclude('unknown', 'hold-unreadable');

  if (facts.otherNamespace) {
    evidence.push({ kind: 'namespace', namespace: facts.otherNamespace, state: 'other' });
    return conclude('unknown', facts.otherNamespace === 'pid' ? 'other-pid-namespace' : 'other-time-namespace'); // row 5
  }
  return judgeProcess(facts, evidence);
}

function judgeProcess(facts: Facts, evidence: Evidence[]): Judgement {
  const conclude = (verdict: Verdict, reason: VerdictReason): Judgement => ({ verdict, reason, evidence });
  const { pid, process } = facts;
  if (process === undefined) {
    evidence.push({ kind: 'pid', pid, state: 'invalid' });
    return conclude('unknown', 'pid-invalid');
  }
  evidence.push({ kind: 'pid', pid, state: process.state });
  if (process.state !== 'running') return conclude('stale', 'pid-dead'); // row 6

  if (facts.recordedStartTime !== undefined && process.startTime !== undefined) {
    const same = facts.recordedStartTime === process.startTime;
    evidence.push({ kind: 'start-time', state: same ? 'same' : 'different' });
    return same ? conclude('live', 'pid-running') : conclude('stale', 'pid-recycled'); // rows 7 and 12
  }
  const younger =
    process.startedAtMs !== undefined &&
    facts.acquiredAtMs !== undefined &&
    process.startedAtMs > facts.acquiredAtMs + startToleranceMs;
  evidence.push({ kind: 'start-time', state: younger ? 'younger-than-lock' : 'not-recorded' });
  return younger ? conclude('unknown', 'perhaps-recycled') : conclude('live', 'pid-running'); // rows 8 and 12
}
