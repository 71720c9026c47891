/**
 * Reads agentwire's lock files without touching a lock: a probe, even a shared one, would refuse somebody who tries at that
 * moment (PROTOCOLS 4.4). The files stay for ever, so one that nobody has locked is no lock.
 */
import * as path from 'node:path';
import { escapeForDisplay } from '../../core/display.ts';
import type { Lock, LockId } from '../../core/lock.ts';
import { judge, type Evidence } from '../../core/verdict.ts';
import { sys, type FileInfo, type FlockState, type Steps } from '../../os/os.ts';
import { entriesOf } from '../directories.ts';
import { fingerprintOf, readLockFile, type Format } from '../readLockFile.ts';
import { entryOf, suffix } from './session.ts';

/** A person's sessions are some dozens; this bounds what a mischievous directory costs. */
const mostFiles = 2_000;

export function* listLocks(directory: string, uid: number): Steps<readonly Lock[]> {
  const locks: Lock[] = [];
  for (const stem of yield* stemsIn(directory)) {
    const lock = yield* observe(directory, stem, uid);
    if (lock) locks.push(lock);
  }
  return locks;
}

/** Names and states of what is locked, to see that something has changed: a release touches no file. */
export function* lockedNow(directory: string): Steps<string> {
  const states: string[] = [];
  for (const stem of yield* stemsIn(directory)) {
    const info = yield* sys('lstat', fileOf(directory, stem));
    const state = info && (yield* stateOf(info));
    if (info && state !== 'free') states.push(`${stem} ${info.ino} ${state}`);
  }
  return states.join('\n');
}

export function fileOf(directory: string, stem: string): string {
  return path.join(directory, stem + suffix);
}

function* stemsIn(directory: string): Steps<readonly string[]> {
  const names = (yield* entriesOf(directory, 'agentwire')).map(({ name }) => name);
  const stems = names.filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length));
  return stems.filter((stem) => stem !== '').slice(0, mostFiles);
}

/** Undefined: nobody has it, as far as the system shows. */
export function* observe(directory: string, stem: string, uid: number): Steps<Lock | undefined> {
  const info = yield* sys('lstat', fileOf(directory, stem));
  const state = info && (yield* stateOf(info));
  return !info || state === 'free' || state === undefined
    ? undefined
    : yield* describe(directory, stem, uid, info, state);
}

/** For somebody who was refused by the kernel, although it shows no lock: on btrfs and overlayfs it shows other devices. */
export function* observeUnseen(directory: string, stem: string, uid: number): Steps<Lock | undefined> {
  const info = yield* sys('lstat', fileOf(directory, stem));
  return info && (yield* describe(directory, stem, uid, info, 'hidden'));
}

function* describe(
  directory: string,
  stem: string,
  uid: number,
  info: FileInfo,
  state: 'held' | 'hidden',
): Steps<Lock> {
  const file = fileOf(directory, stem);
  const [pid] = state === 'held' ? yield* sys('flockHolders', info) : [];
  const known = pid === undefined ? {} : { pid };
  const { verdict, reason: verdictReason, evidence } = judge({ kind: 'kernel-lock', state, ...known });
  const written = yield* pidTextOf(file);
  const warnings = warningsOf(stem, state, pid, written);
  return {
    id: `agentwire-${stem}` as LockId,
    protocol: 'agentwire',
    holder: { name: `session ${stem}`, tool: 'agentwire', ...known },
    scope: [entryOf(stem)],
    mode: 'exclusive',
    acquiredAt: undefined,
    verdict,
    verdictReason,
    evidence: [...evidence, ...habits(state, written)],
    enforced: true,
    mine: false,
    sameUser: info.uid === uid,
    ownWords: stem,
    ...(warnings.length === 0 ? {} : { warnings }),
    file,
    fingerprint: fingerprintOf(info),
  };
}

/** Whatever else lies there under such a name, agentwire cannot lock it. */
function* stateOf(info: FileInfo): Steps<FlockState> {
  return info.kind === 'file' ? yield* sys('flockState', info) : 'free';
}

function habits(state: 'held' | 'hidden', written: number | undefined): readonly Evidence[] {
  const rule = (says: string): Evidence => ({ kind: 'rule', says });
  const age = rule('Its file’s time is that of the last attempt, so nobody knows since when it is held');
  return state === 'held' || written === undefined
    ? [age]
    : [rule(`Its file names process ${written}, which is a hint only`), age];
}

function warningsOf(
  stem: string,
  state: 'held' | 'hidden',
  pid: number | undefined,
  written: number | undefined,
): readonly string[] {
  const name = escapeForDisplay(stem, 60);
  // Hazards 1 and 2 of PROTOCOLS 4.4.
  const isMisjudged = state === 'held' && (written === undefined || (pid !== undefined && written !== pid));
  return [
    ...(isMisjudged
      ? [
          `“agentwire lock clean” would take the lock of session ${name} for stale and let a second holder in: do not run it now.`,
        ]
      : []),
    ...(stem.includes('--')
      ? [
          `agentwire’s sessions ${name} and ${name.replaceAll('--', '/')} have one lock: who holds one keeps out the other.`,
        ]
      : []),
  ];
}

const pidFormat: Format<{ readonly kind: 'pid'; readonly pid: number | undefined }> = {
  maxBytes: 4_096,
  decode: (bytes) => {
    const [, digits] = /^\s*(\d{1,10})\s*$/.exec(bytes.toString('latin1')) ?? [];
    return { kind: 'pid', pid: digits === undefined ? undefined : Number(digits) };
  },
};

/** A hint only: whoever tries wipes it, and a holder that has gone leaves it (PROTOCOLS 4.4). */
function* pidTextOf(file: string): Steps<number | undefined> {
  const read = yield* readLockFile(file, pidFormat);
  return read?.content.kind === 'pid' ? read.content.pid : undefined;
}
