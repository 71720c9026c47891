/** Reads openclaw's session locks; deletes none, as a dead one is its gateway's evidence (PROTOCOLS 3.9). */
import type { Lock, LockId } from '../../core/lock.ts';
import { judge, type Reading } from '../../core/verdict.ts';
import { sys, type Steps } from '../../os/os.ts';
import { sha256 } from '../../os/sha256.ts';
import { fingerprintOf, readLockFile, type LockFile } from '../readLockFile.ts';
import { habitsOf } from './habits.ts';
import { lockedSessions, lockFile, scopeOf, wordsOf, type Session } from './place.ts';
import { clawFormat, ticksOf, type ClawRecord } from './record.ts';

export function* listLocks(state: string, uid: number): Steps<readonly Lock[]> {
  const locks: Lock[] = [];
  for (const session of yield* lockedSessions(state)) {
    const lock = yield* lookAt(state, session, uid);
    if (lock) locks.push(lock);
  }
  return locks;
}

/** Undefined: it has no lock now. */
export function* lookAt(state: string, session: Session, uid: number): Steps<Lock | undefined> {
  const read = yield* readLockFile(lockFile(state, session), clawFormat);
  return read && (yield* observe(state, session, read, uid));
}

export function* observe(
  state: string,
  session: Session,
  { info, content }: LockFile<ClawRecord>,
  uid: number,
): Steps<Lock> {
  const record = content.kind === 'record' ? content : undefined;
  const file = lockFile(state, session);
  const now = yield* sys('now');
  const { verdict, reason: verdictReason, evidence } = judge(yield* readingOf(content));
  const ages = {
    recordMs: record?.createdAt === undefined ? undefined : now - record.createdAt,
    fileMs: now - info.mtimeMs,
  };
  return {
    id: idOf(file, record),
    protocol: 'openclaw',
    holder: {
      name: record?.pid === undefined ? 'openclaw' : `openclaw ${record.pid}`,
      tool: 'openclaw',
      ...(record?.pid === undefined ? {} : { pid: record.pid }),
      ...(record?.startTicks === undefined ? {} : { startTime: `ticks:${record.startTicks}` }),
    },
    scope: scopeOf(state, session),
    mode: 'exclusive',
    acquiredAt: record?.createdAt,
    verdict,
    verdictReason,
    evidence: [...evidence, ...(content.kind === 'unreadable' ? [] : habitsOf(record, verdict, ages))],
    enforced: true,
    mine: false,
    sameUser: info.uid === uid,
    ownWords: wordsOf(session),
    file,
    fingerprint: fingerprintOf(info),
  };
}

/** Age is no evidence: a live writer stays one, however old its lock (PROTOCOLS 3.9). */
function* readingOf(content: LockFile<ClawRecord>['content']): Steps<Reading> {
  if (content.kind !== 'record') return content;
  const { pid, createdAt, startTicks } = content;
  if (pid === undefined) return { kind: 'silent' };
  const process = yield* sys('process', pid);
  // Only ticks can be compared with ticks; other systems count from elsewhere, or in other units.
  const running = process?.state === 'running' ? ticksOf(process.startTime) : undefined;
  return {
    kind: 'record',
    facts: {
      pid,
      process,
      acquiredAtMs: createdAt,
      ...(startTicks === undefined || running === undefined ? {} : { recordedStartTime: `ticks:${startTicks}` }),
    },
  };
}

function idOf(file: string, record: ClawRecord | undefined): LockId {
  return `openclaw-${sha256(`${file}\n${record?.pid ?? ''}\n${record?.createdAt ?? ''}`).slice(0, 12)}` as LockId;
}
