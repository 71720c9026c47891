import * as path from 'node:path';
import type { Lock, LockId } from '../../core/lock.ts';
import { globEntry, nameEntry, pathEntry, type GlobEntry, type PathEntry, type Scope } from '../../core/scope/entry.ts';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { canonicalBelow, relativeTo } from '../../core/scope/pathTree.ts';
import { isComparable } from '../../core/scope/scopeSize.ts';
import { ScopeError } from '../../core/scope/scopeError.ts';
import { judge, type Lease, type Reading } from '../../core/verdict.ts';
import { sys, type FileInfo, type Steps } from '../../os/os.ts';
import { sha256 } from '../../os/sha256.ts';
import { fingerprintOf, readLockFile, type LockFile, type Malformed } from '../readLockFile.ts';
import { clampTime } from '../times.ts';
import type { Declaration } from './declaration.ts';
import { decodeFields, noFields, type Fields } from './fields.ts';
import { findFiles } from './find.ts';

export interface Place {
  readonly root: string;
  readonly caseRule: CaseRule;
  readonly uid: number;
}

const maxBytes = 64 * 1024;

export function* listDeclared(declaration: Declaration, place: Place): Steps<readonly Lock[]> {
  const locks: Lock[] = [];
  const entry = filesEntry(declaration, place.root);
  for (const file of yield* findFiles(entry, declaration.entry, place.caseRule)) {
    const lock = yield* observe(file, declaration, place);
    if (lock) locks.push(lock);
  }
  return locks;
}

/** Where its files are; the reader of the configuration has checked it. */
export function filesEntry({ files }: Declaration, root: string): GlobEntry | PathEntry {
  return globEntry(root, files);
}

/** Undefined where there is no such lock any more. */
export function* observe(file: string, declaration: Declaration, place: Place): Steps<Lock | undefined> {
  const read = yield* readEntry(file, declaration);
  if (!read) return undefined;
  const { info, content } = read;
  const fields = content.kind === 'fields' ? content : undefined;
  if (fields?.has(declaration.released)) return undefined;
  const since = fields?.time(declaration.since) ?? info.mtimeMs;
  const now = yield* sys('now');
  const lease = leaseOf(declaration, fields, since, now);
  const pid = fields?.count(declaration.pid);
  const scope = fields ? scopeOf(file, declaration, fields, place.root) : [];
  const reading = !fields
    ? (content as Exclude<typeof content, { kind: 'fields' }>)
    : 'kind' in scope
      ? scope
      : yield* readingOf(pid, lease, since);
  const { verdict, reason: verdictReason, evidence } = judge(reading);
  const reason = fields?.text(declaration.reason);
  return {
    id: `${declaration.name}-${sha256(file).slice(0, 12)}` as LockId,
    protocol: 'declared',
    holder: {
      name: fields?.text(declaration.holder) ?? path.basename(file),
      ...(pid === undefined ? {} : { pid }),
      tool: declaration.name,
    },
    scope: 'kind' in scope ? [] : scope,
    mode: fields?.flag(declaration.exclusive) === false ? 'shared' : 'exclusive',
    acquiredAt: since,
    ...(lease ? { expiresAt: clampTime(now - lease.ageMs + lease.limitMs) } : {}),
    ...(reason === undefined ? {} : { reason }),
    verdict,
    verdictReason,
    evidence,
    enforced: true,
    mine: false,
    sameUser: info.uid === place.uid,
    file,
    fingerprint: fingerprintOf(info),
  };
}

function* readEntry(file: string, declaration: Declaration): Steps<LockFile<Fields> | undefined> {
  if (declaration.entry === 'file') return yield* readLockFile(file, { maxBytes, decode: decodeFields(declaration) });
  const info: FileInfo | undefined = yield* sys('lstat', file);
  return info?.kind === 'directory' ? { info, content: noFields } : undefined;
}

function leaseOf(
  { expires, ttlMs }: Declaration,
  fields: Fields | undefined,
  since: number,
  now: number,
): Lease | undefined {
  const end = fields?.time(expires);
  if (end !== undefined) return { ageMs: now - since, limitMs: end - since };
  return ttlMs === undefined ? undefined : { ageMs: now - since, limitMs: ttlMs };
}

/** Its process where it names one, its time where it has one, else nobody can tell. */
function* readingOf(pid: number | undefined, lease: Lease | undefined, since: number): Steps<Reading> {
  if (pid === undefined) return lease ? { kind: 'lease', ...lease } : { kind: 'silent' };
  const process = yield* sys('process', pid);
  return { kind: 'record', facts: { pid, process, acquiredAtMs: since, ...(lease ? { lease } : {}) } };
}

/**
 * Absolute words that lead out of the root are of another workspace: then the lock is on its own file. What else is no scope,
 * or leads out of the root, is not guessed at.
 */
function scopeOf(file: string, declaration: Declaration, fields: Fields, root: string): Scope | Malformed {
  const { entry, scopeEnding, scopeAs } = declaration;
  const field = entry === 'directory' ? undefined : declaration.scope; // a directory has nothing to say
  const text = fields.text(field);
  if (field === undefined || (scopeEnding !== undefined && !fields.has(field))) {
    return [pathEntry(scopeEnding === undefined ? file : withoutEnding(file, scopeEnding))];
  }
  if (text === undefined) return malformed(fields.has(field) ? `its ${field} is no text` : `it has no ${field}`);
  try {
    const scope = scopeAs === 'name' ? [nameEntry(text)] : scopeBelow(root, text, scopeAs);
    if (scope) return scope;
    return path.isAbsolute(text) ? [pathEntry(file)] : malformed(`its ${field} leads out of the root`);
  } catch (error) {
    if (error instanceof ScopeError) {
      return malformed(`its ${field} is no ${scopeAs} (${error.message.replace(/\.$/, '')})`);
    }
    throw error;
  }
}

const malformed = (problem: string): Malformed => ({ kind: 'malformed', problem });

function withoutEnding(file: string, ending: string): string {
  return file.endsWith(ending) ? file.slice(0, -ending.length) : file;
}

/** Undefined where it leads out of the root. @throws ScopeError for what is no pattern */
function scopeBelow(root: string, text: string, scopeAs: 'path' | 'glob'): Scope | undefined {
  if (scopeAs === 'glob') return globScope(root, text);
  const target = canonicalBelow(root, text);
  return target === undefined ? undefined : [pathEntry(target)];
}

/** Undefined where it leads out of the root. @throws ScopeError for what is no pattern */
function globScope(root: string, text: string): Scope | undefined {
  const below = relativeTo(root, text) ?? text; // the root's own name may look like a pattern
  const wildcard = below.search(/[*?[\](){}!+@|\\]/);
  const length = below.lastIndexOf('/', wildcard < 0 ? below.length : wildcard) + 1;
  const base = canonicalBelow(root, below.slice(0, length));
  if (base === undefined || below.slice(length).split('/').includes('..')) return undefined;
  return [length === below.length ? pathEntry(base) : comparable(globEntry(base, below.slice(length)))];
}

/** A pattern that would take too long to compare covers all that lies below its base: a lock is never read as less. */
function comparable(entry: GlobEntry | PathEntry): GlobEntry | PathEntry {
  return entry.kind === 'path' || isComparable([entry]) ? entry : pathEntry(entry.base);
}
