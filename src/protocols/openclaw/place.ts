/** Where openclaw keeps its sessions, and their locks beside them (PROTOCOLS 3.2). */
import * as path from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import { nameEntry, pathEntry, type Scope, type ScopeEntry } from '../../core/scope/entry.ts';
import { relativeTo } from '../../core/scope/pathTree.ts';
import { openclawPrefix } from '../../core/scope/resourceName.ts';
import { sys, type Steps } from '../../os/os.ts';

export interface Session {
  readonly agent: string;
  /** With its topic, where it has one: `<id>-topic-<t>`. */
  readonly id: string;
}

const transcriptSuffix = '.jsonl';
const lockSuffix = '.lock';

/** What a mischievous state directory costs is bounded; nobody has so many agents, or sessions locked at once. */
const mostAgents = 1_000;
const mostLocks = 2_000;

export function agentsFolder(state: string): string {
  return path.join(state, 'agents');
}

export function sessionsFolder(state: string, agent: string): string {
  return path.join(agentsFolder(state), agent, 'sessions');
}

export function lockFile(state: string, session: Session): string {
  return transcript(state, session) + lockSuffix;
}

function transcript(state: string, { agent, id }: Session): string {
  return path.join(sessionsFolder(state, agent), id + transcriptSuffix);
}

/** `<agent>/<session>`, as openclaw's users know it. */
export function wordsOf({ agent, id }: Session): string {
  return `${agent}/${id}`;
}

export function* sessionFolders(state: string): Steps<readonly string[]> {
  const agents = yield* namesIn(agentsFolder(state));
  return agents.slice(0, mostAgents).map((agent) => sessionsFolder(state, agent));
}

/** Every session that has a lock file. */
export function* lockedSessions(state: string): Steps<readonly Session[]> {
  const suffix = transcriptSuffix + lockSuffix;
  const found: Session[] = [];
  for (const folder of yield* sessionFolders(state)) {
    const agent = path.basename(path.dirname(folder));
    for (const name of yield* namesIn(folder)) {
      if (found.length >= mostLocks) return found;
      if (name.endsWith(suffix) && name !== suffix) found.push({ agent, id: name.slice(0, -suffix.length) });
    }
  }
  return found;
}

/** None where there is no such folder, or it is another user's: who may not look there cannot lock there either. */
function* namesIn(folder: string): Steps<readonly string[]> {
  try {
    return ((yield* sys('readdir', folder)) ?? []).map(({ name }) => name);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return [];
  }
}

/** Both ways to say it: the transcript that the lock protects, and the session's name. */
export function scopeOf(state: string, session: Session): Scope {
  return [pathEntry(transcript(state, session)), nameEntry(openclawPrefix + wordsOf(session))];
}

/** The sessions that a scope names: by name, or by exactly their transcript's path. Sorted, each once. */
export function sessionsOf(state: string, scope: Scope): readonly Session[] {
  const found = new Map<string, Session>();
  for (const entry of scope) {
    const session = sessionOf(state, entry);
    if (session) found.set(wordsOf(session), session);
  }
  return [...found.keys()].sort().flatMap((words) => found.get(words) ?? []);
}

function sessionOf(state: string, entry: ScopeEntry): Session | undefined {
  switch (entry.kind) {
    case 'name':
      return entry.name.startsWith(openclawPrefix) ? readWords(entry.name.slice(openclawPrefix.length)) : undefined;
    case 'path': {
      const [agent = '', sessions, name = '', ...more] = (relativeTo(agentsFolder(state), entry.path) ?? '').split('/');
      const isTranscript = sessions === 'sessions' && name.endsWith(transcriptSuffix) && more.length === 0;
      return isTranscript ? checked({ agent, id: name.slice(0, -transcriptSuffix.length) }) : undefined;
    }
    case 'glob':
      return undefined;
  }
}

function readWords(words: string): Session | undefined {
  const slash = words.indexOf('/');
  return checked({ agent: words.slice(0, Math.max(0, slash)), id: words.slice(slash + 1) });
}

const longestBytes = 200;

/** Undefined for what could lead to any other place than a file of that agent's sessions. */
function checked(session: Session): Session | undefined {
  const { agent, id } = session;
  const isName = (text: string): boolean =>
    text !== '' && !/^\.\.?$|[/\p{Cc}]/u.test(text) && new TextEncoder().encode(text).length <= longestBytes;
  return isName(agent) && isName(id) ? session : undefined;
}
