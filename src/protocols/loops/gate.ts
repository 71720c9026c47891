/** The gate: flock EX on `.acquire.lock` serialises every change of a store, ours and little-loops' (PROTOCOLS 1.5). */
import * as path from 'node:path';
import { LockError, messageOf, systemErrorCode } from '../../core/errors.ts';
import { sys, type Fd, type FileInfo, type Steps } from '../../os/os.ts';
import type { StoreLayout } from './layout.ts';
import { notWritable } from './storeNotWritable.ts';

export interface Gate {
  readonly fd: Fd;
  readonly info: FileInfo;
}

/** After so long in the queue for the gate we give up, and name who seems to have it. */
const gatePatienceMs = 5_000;
const longestPauseMs = 20;

/** How long somebody waits for the gate, and what ends that early. */
export interface GatePatience {
  readonly signal?: AbortSignal | undefined;
  /** By the port's monotonic clock; the gate's own patience of 5 s where that is less. */
  readonly until?: number;
}

/** Enters the gate, making the store where there is none. The caller must leave it. */
function* enterGate(layout: StoreLayout, { signal, until = Infinity }: GatePatience): Steps<Gate> {
  const begunAt = yield* sys('monotonic');
  const endsAt = Math.min(until, begunAt + gatePatienceMs);
  for (let attempt = 0; ; attempt++) {
    if (signal?.aborted) throw new LockError('cancelled', 'The request was cancelled.', 'Nothing was locked.');
    const fd = yield* tryGate(layout);
    if (fd !== undefined) {
      const gate: Gate = { fd, info: yield* sys('fstat', fd) };
      if (gate.info.kind !== 'file') {
        yield* sys('close', fd);
        throw notAGate(layout, gate.info);
      }
      // Somebody may have deleted the gate between our open and our flock: then we hold a lock on a file that no
      // newcomer will ever open. Only the file that the path names now is the gate.
      if (yield* isCurrent(layout, gate)) return gate;
      yield* sys('close', fd);
      continue;
    }
    const now = yield* sys('monotonic');
    if (now >= endsAt) throw yield* gateBusy(layout, now - begunAt);
    // Never LOCK_EX in libuv's pool: four waiters there freeze every file operation of the process (DESIGN 6.2).
    yield* sys('sleep', Math.min(longestPauseMs, 1 + attempt) * (0.5 + (yield* sys('random'))));
  }
}

/** The gate if it is there and nobody is in it; whatever stands against that, undefined. The caller must leave it. */
export function* enterFreeGate(layout: StoreLayout): Steps<Gate | undefined> {
  let fd: Fd | undefined;
  try {
    fd = yield* sys('openLocked', layout.gate, 'read-write', 'exclusive');
    if (fd === undefined) return undefined;
    const gate: Gate = { fd, info: yield* sys('fstat', fd) };
    const isGate = yield* isCurrent(layout, gate);
    if (isGate) return gate;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
  if (fd !== undefined) yield* sys('close', fd);
  return undefined;
}

export function* leaveGate(gate: Gate): Steps<void> {
  yield* sys('close', gate.fd);
}

/** Whether the path still names the file that we have locked. */
export function* isCurrent(layout: StoreLayout, gate: Gate): Steps<boolean> {
  const now = yield* sys('lstat', layout.gate);
  return now !== undefined && now.ino === gate.info.ino && now.dev === gate.info.dev;
}

/** Somebody may delete the gate, or the whole store, under us; he cannot go on for ever. */
const mostStartOvers = 100;

/** Runs `body` inside the gate, and again where it found that the gate or the store had been replaced. */
export function* insideGateAnew<T extends object>(
  layout: StoreLayout,
  patience: GatePatience,
  prepare: (round: number) => Steps<(gate: Gate) => Steps<T | 'start-over'>>,
): Steps<T> {
  for (let round = 1; round <= mostStartOvers; round++) {
    // Before the gate: flock(1) takes milliseconds that nobody else should have to wait for.
    const body = yield* prepare(round);
    const outcome = yield* insideGate(layout, patience, body);
    if (outcome !== 'start-over') return outcome;
  }
  throw notWritable(layout.running, new Error('somebody deletes it again and again'));
}

/** Runs `body` inside the gate. */
export function* insideGate<T>(layout: StoreLayout, patience: GatePatience, body: (gate: Gate) => Steps<T>): Steps<T> {
  const gate = yield* enterGate(layout, patience);
  try {
    return yield* body(gate);
  } finally {
    yield* leaveGate(gate);
  }
}

function* tryGate(layout: StoreLayout): Steps<Fd | undefined> {
  try {
    return yield* sys('openLocked', layout.gate, 'create', 'exclusive');
  } catch (error) {
    switch (systemErrorCode(error)) {
      case 'ENOENT': // the running directory is new, or somebody deleted it meanwhile
        yield* makeStore(layout);
        return undefined; // it may be gone again already; the next attempt sees
      case 'EACCES': // somebody else's gate: flock needs no write permission
        return yield* tryForeignGate(layout, error);
      default: {
        const info = yield* sys('lstat', layout.gate);
        throw info && info.kind !== 'file' ? notAGate(layout, info) : notWritable(layout.running, error);
      }
    }
  }
}

/** Somebody put something else in its place: a link could lead anywhere, and little-loops would hang on a FIFO. */
function notAGate({ gate }: StoreLayout, { kind }: FileInfo): LockError {
  return new LockError(
    'gate-not-accessible',
    `The gate ${gate} is a ${kind}, not a file, so nobody can lock anything here.`,
    'Look who made it, and delete it while no loop runs.',
  );
}

function* tryForeignGate(layout: StoreLayout, cause: unknown): Steps<Fd | undefined> {
  const info = yield* sys('lstat', layout.gate);
  if (!info) throw notWritable(layout.running, cause);
  try {
    return yield* sys('openLocked', layout.gate, 'read', 'exclusive');
  } catch (error) {
    throw new LockError(
      'gate-not-accessible',
      `The gate ${layout.gate} belongs to user ${info.uid} and may not be opened (${messageOf(error)}).`,
      `Let its owner run: chmod a+rw ${layout.gate}`,
      { cause: error },
    );
  }
}

/** Somebody may delete the directories while we make them; he cannot go on for ever. */
const mostMakingAttempts = 10;

/** Makes the directories of a store; whoever comes second finds them made. A folder that we make ignores itself. */
export function* makeStore(layout: StoreLayout): Steps<void> {
  const existed = (yield* sys('lstat', layout.running)) !== undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      yield* sys('mkdir', layout.alive);
      if (!existed) yield* writeIgnore(layout.running);
      yield* writeIgnore(layout.own);
      return;
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT' || attempt === mostMakingAttempts)
        throw notWritable(layout.running, error);
    }
  }
}

function* writeIgnore(folder: string): Steps<void> {
  const file = path.join(folder, '.gitignore');
  if (yield* sys('lstat', file)) return; // it may be another user's, and need not be written twice
  const fd = yield* sys('open', file, 'create');
  yield* sys('write', fd, '*\n');
  yield* sys('close', fd);
}

function* gateBusy(layout: StoreLayout, waitedMs: number): Steps<LockError> {
  const info = yield* sys('lstat', layout.gate);
  const pids = info ? yield* sys('flockHolders', info) : [];
  const suspects: string[] = [];
  for (const pid of pids) suspects.push(`process ${pid} (${(yield* sys('commandName', pid)) ?? 'gone meanwhile'})`);
  return new LockError(
    'gate-busy',
    `The gate ${layout.gate} has been held for ${Math.max(1, Math.round(waitedMs / 1_000))} s by ${suspects.join(', ') || 'a process that cannot be named here'}.`,
    'A tool is stopped inside its own lock step. Resume or end that process; never delete the gate.',
  );
}
