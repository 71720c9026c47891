/** Words for people: the same sentences in the editor, on the command line and in answers to agents. */
import type { Deadlock } from './deadlock.ts';
import { escapeForDisplay } from './display.ts';
import { whyNotForce, whyNotReap } from './habits.ts';
import type { Activity, Lock } from './lock.ts';
import { describeEntry } from './scope/describeEntry.ts';
import type { Scope } from './scope/entry.ts';
import { shellWord } from './shellWord.ts';
import type { Evidence, VerdictReason } from './verdict.ts';
import type { Waiter } from './waiter.ts';

/** `a moment`, `45 s`, `3 min`, `1 h 30 min`, `12 h`, `5 d`. */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 1) return 'a moment';
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours < 10 && rest > 0) return `${hours} h ${rest} min`;
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** How long the lock has been held; a clock that was set back shows as a moment, not as a negative age. */
export function formatAge(lock: { readonly acquiredAt: number | undefined }, now: number): string {
  return lock.acquiredAt === undefined ? 'unknown age' : formatDuration(Math.max(0, now - lock.acquiredAt));
}

/** When a lock's time ends; undefined where it has none. A holder that is stopped may keep a lock beyond it. */
export function formatExpiry(lock: Pick<Lock, 'expiresAt'>, now: number): string | undefined {
  if (lock.expiresAt === undefined) return undefined;
  const leftMs = lock.expiresAt - now;
  return leftMs > 0 ? `expires in ${formatDuration(leftMs)}` : `expired ${formatDuration(-leftMs)} ago`;
}

/** Three honest sentences for three situations: a running process holds it, its holder is gone, or we cannot tell. */
export function verdictSentence(lock: Pick<Lock, 'holder' | 'verdictReason' | 'evidence'>): string {
  const { holder, verdictReason } = lock;
  const process = holder.pid === undefined ? 'the recorded process' : `process ${holder.pid}`;
  return sentenceOf(verdictReason, process, lock);
}

function sentenceOf(reason: VerdictReason, process: string, lock: Pick<Lock, 'holder' | 'evidence'>): string {
  switch (reason) {
    case 'hold-held':
      return 'Held by a running process: its kernel lock is taken.';
    case 'pid-running':
      return `Held by a running process: ${process} is alive.`;
    case 'rebooted':
      return 'Its holder is gone: the machine has been restarted since.';
    case 'hold-released':
      return 'Its holder is gone: the kernel has freed its lock.';
    case 'pid-dead':
      return isZombie(lock.evidence)
        ? `Its holder is gone: ${process} has ended.`
        : `Its holder is gone: ${process} does not exist any more.`;
    case 'pid-recycled':
      return `Its holder is gone: ${process} is now another program, started at another time.`;
    case 'other-machine':
      return `Cannot tell whether its holder lives: it was taken on another machine (${shownDetail(lock.holder.host ?? 'unknown host')}).`;
    case 'remote-file-system':
      return `Cannot tell whether its holder lives: the record lies on a network file system (${fileSystemOf(lock.evidence)}).`;
    case 'other-pid-namespace':
      return `Cannot tell whether its holder lives: ${process} belongs to another container.`;
    case 'other-time-namespace':
      return `Cannot tell whether its holder lives: ${process} belongs to a container with another clock.`;
    case 'perhaps-recycled':
      return `Cannot tell whether its holder lives: ${process} looks younger than the lock.`;
    case 'pid-invalid':
      return `Cannot tell whether its holder lives: no process can have the recorded number ${lock.holder.pid}.`;
    case 'expired':
      return 'Its time is over: its own tool counts it as free.';
    case 'not-expired':
      return 'Counts as held until its time is over: its tool records no process that could be looked for.';
    case 'lease-alive':
      return `Held on ${shownDetail(lock.holder.host || 'another machine')}: the cluster hears of its holder.`;
    case 'owner-gone':
      return 'Its holder is gone: it stands for a lock that is not held any more.';
    case 'lock-hidden':
      return 'Cannot tell whether anybody holds it: this system does not show the kernel locks of other containers.';
    case 'no-sign-of-life':
      return 'Cannot tell whether its holder lives: its tool records neither a process nor a time to live.';
    case 'hold-unreadable':
      return 'Cannot tell whether its holder lives: its kernel lock may not be looked at.';
    case 'unreadable':
      return `Cannot tell who holds what: the lock file cannot be read (${problemOf(lock.evidence)}).`;
    case 'perhaps-being-written':
      return `Perhaps a lock that is just being written: ${problemOf(lock.evidence)}. Ask again in some seconds.`;
    case 'not-a-record':
      return `Not a lock: ${problemOf(lock.evidence)}. It blocks nobody.`;
  }
}

function isZombie(evidence: readonly Evidence[]): boolean {
  return evidence.some((item) => item.kind === 'pid' && item.state === 'zombie');
}

function problemOf(evidence: readonly Evidence[]): string {
  return shownDetail(evidence.find((item) => item.kind === 'record')?.problem ?? 'unknown problem');
}

function fileSystemOf(evidence: readonly Evidence[]): string {
  return shownDetail(evidence.find((item) => item.kind === 'file-system')?.type ?? 'unknown type');
}

const maxDetailChars = 200;

/** A host's name is another's word, and a system's error quotes file names. */
function shownDetail(text: string): string {
  return escapeForDisplay(text, maxDetailChars);
}

/** One line for one piece of evidence: what was looked at and what was seen. */
export function evidenceSentence(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'hold':
      return {
        held: 'Its kernel lock is taken',
        released: 'Its kernel lock is free',
        missing: 'Its kernel lock file is gone',
        elsewhere: 'Its kernel lock cannot be seen from here (another file system lies over it)',
        unreadable: 'Its kernel lock may not be looked at',
      }[evidence.state];
    case 'machine':
      return `Taken on another machine: ${shownDetail(evidence.host)}`;
    case 'file-system':
      return `The record lies on ${shownDetail(evidence.type)}`;
    case 'boot':
      return evidence.state === 'same' ? 'Taken since the machine started' : 'Taken before the machine was restarted';
    case 'namespace':
      return evidence.namespace === 'pid' ? 'Process numbers of another container' : 'Times of another container';
    case 'pid':
      return {
        gone: `Process ${evidence.pid} does not exist`,
        zombie: `Process ${evidence.pid} has ended (zombie)`,
        running: `Process ${evidence.pid} is alive`,
        invalid: `${evidence.pid} is no process number`,
      }[evidence.state];
    case 'start-time':
      return {
        same: 'It is the process that took the lock',
        different: 'It is another process than the one that took the lock',
        'younger-than-lock': 'It looks younger than the lock',
        'not-recorded': 'The record does not say when the process started',
      }[evidence.state];
    case 'age': {
      const { ageMs, limitMs } = evidence;
      const left = limitMs - ageMs;
      return left >= 0
        ? `Its time is over in ${formatDuration(left)}, unless it is refreshed`
        : `Its time has been over for ${formatDuration(-left)}`;
    }
    case 'lease':
      return `Its lease in the cluster is alive: process on ${shownDetail(evidence.host || 'another machine')}`;
    case 'owner':
      return `Lock ${shownDetail(evidence.id)}, for which it stands, is not held any more`;
    case 'kernel-lock':
      return evidence.state === 'hidden'
        ? 'The kernel locks of other containers are not shown here'
        : `The file is locked${evidence.pid === undefined ? '' : ` by process ${evidence.pid}`}`;
    case 'rule':
      return evidence.says;
    case 'record':
      return `Reading the record: ${shownDetail(evidence.problem)}`;
  }
}

/** What a blocked person can do about a lock, in one line. */
export function adviceFor(lock: Pick<Lock, 'id' | 'verdict' | 'protocol'>): string {
  const keep = lock.verdict === 'stale' ? whyNotReap(lock) : whyNotForce(lock);
  switch (lock.verdict) {
    case 'live':
      return 'Wait for it, or ask its holder to release it.';
    case 'stale':
      return keep !== undefined
        ? `It does not block. ${keep}`
        : `It does not block. Remove it with: wlock reap ${shellWord(lock.id)}`;
    case 'unknown':
      return keep ?? `If you know that its holder is gone: wlock force-release ${shellWord(lock.id)}`;
    case 'malformed':
      return keep ?? `Look into the file; remove it with: wlock force-release ${shellWord(lock.id)}`;
  }
}

const maxNameChars = 60;
const mostShownEntries = 3;

/** A holder's or waiter's name, safe on every screen. */
export function nameOf({ holder }: Pick<Lock | Waiter, 'holder'>): string {
  return escapeForDisplay(holder.name, maxNameChars);
}

/** A lock's holder, with where it is held if that is not our own store. */
export function holderOf(lock: Pick<Lock, 'holder' | 'protocol'>): string {
  return lock.protocol === 'loops' ? nameOf(lock) : `${nameOf(lock)} (${whereOf(lock)})`;
}

/** The tool among whose locks it is; of a cluster's, the machine that holds it. */
export function whereOf(lock: Pick<Lock, 'holder' | 'protocol'>): string {
  const { host } = lock.holder;
  return lock.protocol === 'etcd' && host ? `etcd, on ${escapeForDisplay(host, maxNameChars)}` : toolOf(lock);
}

/** The tool among whose locks it is; of those that the user has declared, by the name that he gave it. */
export function toolOf({ protocol, holder }: Pick<Lock, 'holder' | 'protocol'>): string {
  return protocol === 'declared' ? escapeForDisplay(holder.tool ?? protocol, maxNameChars) : protocol;
}

/** What a lock is on, in its own tool's words where those are others than ours. */
export function describeLock(lock: Pick<Lock, 'scope' | 'ownWords' | 'verdictReason'>, root: string): string {
  if (lock.verdictReason === 'unreadable') return 'everything (unreadable)';
  return lock.ownWords === undefined ? describeScope(lock.scope, root) : escapeForDisplay(lock.ownWords, maxNameChars);
}

/** `running, in state review`. */
export function describeActivity({ status, state }: Activity): string {
  const doing = escapeForDisplay(status, maxNameChars);
  return state === undefined ? doing : `${doing}, in state ${escapeForDisplay(state, maxNameChars)}`;
}

/** The first entries, relative to the root. */
export function describeScope(scope: Scope, root: string): string {
  if (scope.length === 0) return '(nothing)';
  const shown = scope.slice(0, mostShownEntries).map((entry) => describeEntry(entry, root));
  const more = scope.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

/** `Deadlock: a waits for src, which b holds; b waits for docs, which a holds.` */
export function deadlockSentence({ members }: Deadlock, root: string): string {
  const steps = members.map(({ waiter, lock, behind }) => {
    const awaited = lock
      ? `${describeLock(lock, root)}, which ${nameOf(lock)} holds`
      : `${nameOf(behind)}, who is ahead in the queue`;
    return `${nameOf(waiter)} waits for ${awaited}`;
  });
  return `Deadlock: ${steps.join('; ')}.`;
}

/** What somebody in a deadlock can do about it. */
export const deadlockAdvice =
  'None of them gets on until one gives up: cancel one wait, or release one of these locks.';

/** Where a waiter stands: how long it has waited, or that its process is stopped or gone. */
export function waiterSentence(waiter: Waiter, now: number): string {
  const age = formatAge({ acquiredAt: waiter.since }, now);
  if (waiter.verdict === 'stale') return `Waited for ${age}, and is gone.`;
  if (waiter.idle) return `Has waited for ${age}, and is stopped: others pass it over until it runs again.`;
  return `Has waited for ${age}.`;
}
