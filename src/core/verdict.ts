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
  'expired',
  'not-expired',
  'lease-alive',
  'owner-gone',
  'lock-hidden',
  'no-sign-of-life',
  'unreadable',
  'perhaps-being-written',
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
  /** Milliseconds since the record's own time, and after how many its tool counts it as over. */
  | { readonly kind: 'age'; readonly ageMs: number; readonly limitMs: number }
  /** The cluster has heard of its holder, on that host, within the TTL of its lease. */
  | { readonly kind: 'lease'; readonly host: string }
  /** It stands for a lock of ours, which is gone or stale. */
  | { readonly kind: 'owner'; readonly id: string; readonly state: 'gone' }
  | { readonly kind: 'kernel-lock'; readonly state: 'held' | 'hidden'; readonly pid?: number }
  /** What its own tool will do with it: a sentence of ours, never text from the record. */
  | { readonly kind: 'rule'; readonly says: string }
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
  /** Where its tool also counts it as over after some time (row 9). */
  readonly lease?: Lease;
}

/** Milliseconds since a record's own time, and after how many its tool counts it as over. */
export interface Lease {
  readonly ageMs: number;
  readonly limitMs: number;
}

/** What became of reading one lock file. */
export type Reading =
  | { readonly kind: 'record'; readonly facts: Facts }
  /** Its tool records no process, only a time (PROTOCOLS 2.3). */
  | ({ readonly kind: 'lease' } & Lease)
  /** Its tool locks the file itself (PROTOCOLS 4.2); `hidden` where this system does not show who locks what. */
  | { readonly kind: 'kernel-lock'; readonly state: 'held' | 'hidden'; readonly pid?: number }
  /** Its tool records neither a process nor a time. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'unreadable'; readonly problem: string }
  /** No record yet, of a tool that writes its files where others can see them half-written. */
  | { readonly kind: 'perhaps-being-written'; readonly problem: string }
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
    case 'perhaps-being-written':
      return { verdict: 'unknown', reason: reading.kind, evidence: [{ kind: 'record', problem: reading.problem }] };
    case 'malformed': // row 11
      return { verdict: 'malformed', reason: 'not-a-record', evidence: [{ kind: 'record', problem: reading.problem }] };
    case 'record':
      return judgeRecord(reading.facts);
    case 'lease':
      return judgeLease(reading, []); // rows 9 and 12
    case 'kernel-lock': {
      const { state, pid } = reading;
      const evidence: Evidence[] = [{ kind: 'kernel-lock', state, ...(pid === undefined ? {} : { pid }) }];
      return state === 'held'
        ? { verdict: 'live', reason: 'hold-held', evidence } // row 1
        : { verdict: 'unknown', reason: 'lock-hidden', evidence };
    }
    case 'silent':
      return { verdict: 'unknown', reason: 'no-sign-of-life', evidence: [] };
  }
}

function judgeLease({ ageMs, limitMs }: Lease, before: readonly Evidence[]): Judgement {
  const evidence: readonly Evidence[] = [...before, { kind: 'age', ageMs, limitMs }];
  return ageMs > limitMs
    ? { verdict: 'stale', reason: 'expired', evidence }
    : { verdict: 'live', reason: 'not-expired', evidence };
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
  const { pid, process, lease } = facts;
  if (process === undefined) {
    evidence.push({ kind: 'pid', pid, state: 'invalid' });
    return conclude('unknown', 'pid-invalid');
  }
  evidence.push({ kind: 'pid', pid, state: process.state });
  if (process.state !== 'running') return conclude('stale', 'pid-dead'); // row 6

  if (facts.recordedStartTime !== undefined && process.startTime !== undefined) {
    const same = facts.recordedStartTime === process.startTime;
    evidence.push({ kind: 'start-time', state: same ? 'same' : 'different' });
    if (!same) return conclude('stale', 'pid-recycled'); // row 7
    return lease && lease.ageMs > lease.limitMs ? judgeLease(lease, evidence) : conclude('live', 'pid-running'); // rows 9 and 12
  }
  const younger =
    process.startedAtMs !== undefined &&
    facts.acquiredAtMs !== undefined &&
    process.startedAtMs > facts.acquiredAtMs + startToleranceMs;
  evidence.push({ kind: 'start-time', state: younger ? 'younger-than-lock' : 'not-recorded' });
  if (younger) return conclude('unknown', 'perhaps-recycled'); // row 8
  return lease && lease.ageMs > lease.limitMs ? judgeLease(lease, evidence) : conclude('live', 'pid-running'); // rows 9 and 12
}
