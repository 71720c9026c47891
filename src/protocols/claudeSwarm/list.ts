/** Reads claude-swarm's lock files; unlike its own readers it deletes nothing (PROTOCOLS 2.7). */
import * as path from 'node:path';
import { escapeForDisplay } from '../../core/display.ts';
import type { Lock, LockId } from '../../core/lock.ts';
import type { Scope } from '../../core/scope/entry.ts';
import { entriesOfFnmatch } from '../../core/scope/fnmatch.ts';
import { canonicalBelow } from '../../core/scope/pathTree.ts';
import { judge, type Evidence, type Reading } from '../../core/verdict.ts';
import { sys, type FileInfo, type Steps } from '../../os/os.ts';
import { sha256 } from '../../os/sha256.ts';
import { entriesOf } from '../directories.ts';
import { kindAt } from '../kindAt.ts';
import { fingerprintOf, readLockFile, type LockFile } from '../readLockFile.ts';
import { withRealPaths } from '../realEntries.ts';
import { clampTime } from '../times.ts';
import type { Place } from './place.ts';
import { isOfWlock, standsFor, swarmFormat, type SwarmRecord } from './record.ts';

export interface FoundRecord {
  readonly file: string;
  readonly info: FileInfo;
  readonly content: LockFile<SwarmRecord>['content'];
}

/** Who looks. */
export interface Viewer {
  readonly uid: number;
  /** Of the store whose locks are known to live or not. */
  readonly storeMark: string;
}

export function* listPlace(place: Place, viewer: Viewer): Steps<readonly Lock[]> {
  const locks: Lock[] = [];
  for (const found of yield* scanPlace(place)) locks.push(yield* observe(found, place, viewer));
  return locks;
}

/** Every `*.lock`, whatever its name: claude-swarm counts them all (PROTOCOLS 2.2). */
export function* scanPlace({ directory }: Place): Steps<readonly FoundRecord[]> {
  const found: FoundRecord[] = [];
  for (const { name } of yield* entriesOf(directory, 'claude-swarm')) {
    if (!name.endsWith('.lock')) continue;
    const file = path.join(directory, name);
    const read = yield* readLockFile(file, swarmFormat);
    if (read) found.push({ file, ...read });
  }
  return found;
}

export function* observe({ file, info, content }: FoundRecord, place: Place, viewer: Viewer): Steps<Lock> {
  const record = content.kind === 'record' ? content : undefined;
  const owner = record && standsFor(record, viewer.storeMark);
  const isOurs = record !== undefined && isOfWlock(record);
  const now = yield* sys('now');
  const reading: Reading = record
    ? { kind: 'lease', ageMs: now - record.lockedAt, limitMs: place.timeoutMs }
    : (content as Exclude<typeof content, SwarmRecord>);
  const { verdict, reason: verdictReason, evidence } = judge(reading);
  const warnings = record && !isOurs ? yield* warningsOf(record, place) : [];
  return {
    id: idOf(file, record, owner),
    protocol: 'claude-swarm',
    // The reason of one of ours begins with its holder's name, which says more than the agent that we are there.
    holder: { name: (isOurs ? record.reason : record?.agentId) ?? 'unknown', tool: 'claude-swarm' },
    scope: record ? yield* withRealPaths(scopeOf(record, place)) : [],
    mode: 'exclusive',
    acquiredAt: record?.lockedAt,
    ...(record ? { expiresAt: clampTime(record.lockedAt + place.timeoutMs) } : {}),
    ...(record && record.reason !== '' ? { reason: record.reason } : {}),
    verdict,
    verdictReason,
    evidence: [...evidence, ...habits(verdict === 'stale')],
    enforced: true,
    mine: false,
    sameUser: info.uid === viewer.uid,
    ...(record ? { ownWords: record.filepath } : {}),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(owner === undefined ? {} : { standsFor: owner }),
    file,
    fingerprint: fingerprintOf(info),
  };
}

/** Its command line writes all in NFC, whatever the name on the disk; so it covers either form. */
function scopeOf({ filepath }: SwarmRecord, { root }: Place): Scope {
  const spellings = new Set([filepath, filepath.normalize('NFC'), filepath.normalize('NFD')]);
  return [...spellings].flatMap((spelling) => entriesOfFnmatch(root, spelling));
}

function* warningsOf({ agentId, filepath }: SwarmRecord, place: Place): Steps<readonly string[]> {
  const [agent, words] = [escapeForDisplay(agentId, 60), escapeForDisplay(filepath, 60)];
  const own = canonicalBelow(place.root, filepath);
  const isDirectory = own !== undefined && (yield* kindAt(own)) === 'directory';
  return [
    ...(isDirectory
      ? [`${agent} has locked the directory ${words}, which keeps no other agent of claude-swarm from the files in it.`]
      : []),
    ...(own === undefined
      ? [
          `${agent} has locked ${words}, which lies outside of its root ${place.root}: it excludes only who writes it just so.`,
        ]
      : []),
    ...(place.isNested
      ? [`${agent} has locked ${words} in ${place.directory}, where agents that were started above do not look.`]
      : []),
  ];
}

function habits(isOver: boolean): readonly Evidence[] {
  return isOver ? [{ kind: 'rule', says: 'The next command of any claude-swarm agent deletes it' }] : [];
}

/** The same over refreshes, which change the time only. */
function idOf(file: string, record: SwarmRecord | undefined, owner: LockId | undefined): LockId {
  if (owner !== undefined) return `wlock-${owner}@${sha256(file).slice(0, 8)}` as LockId;
  return `claude-swarm-${sha256(`${file}\n${record?.agentId ?? ''}`).slice(0, 12)}` as LockId;
}
