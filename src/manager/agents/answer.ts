/** What an agent is told: text that a model acts on, and the same as data. */
import { escapeForDisplay } from '../../core/display.ts';
import { LockError, messageOf } from '../../core/errors.ts';
import type { Lock } from '../../core/lock.ts';
import { ScopeError } from '../../core/scope/scopeError.ts';
import {
  deadlockSentence,
  describeLock,
  describeScope,
  formatAge,
  formatExpiry,
  holderOf,
  nameOf,
  verdictSentence,
  waiterSentence,
} from '../../core/sentences.ts';
import type { Conflict } from '../../protocols/protocol.ts';
import type { LockManager } from '../lockManager.ts';

export interface AgentAnswer {
  readonly text: string;
  /** As `wlock --json` prints it, where the tool has something to say in data. */
  readonly data?: Record<string, unknown>;
  /** The tool could not do what it is for; a refusal is an answer and no failure. */
  readonly isFailure?: true;
}

/** One line a lock: on what, whose, since when, until when, and how that is known. */
export function lockLine(lock: Lock, { root, os }: LockManager): string {
  const now = os.now();
  const expiry = formatExpiry(lock, now);
  const facts = [
    `for ${formatAge(lock, now)}`,
    ...(lock.mode === 'shared' ? ['shared'] : []),
    ...(expiry === undefined ? [] : [expiry]),
    ...(lock.reason === undefined ? [] : [`because: ${escapeForDisplay(lock.reason, 200)}`]),
    `id ${escapeForDisplay(lock.id, 120)}`,
  ];
  const whose = lock.mine ? 'you' : holderOf(lock);
  return `- ${describeLock(lock, root.path)}: held by ${whose}, ${facts.join(', ')}. ${verdictSentence(lock)}`;
}

/** Who is in the way, and what a model should do now. */
export function conflictAnswer(conflict: Conflict, manager: LockManager, data: Record<string, unknown>): AgentAnswer {
  const { locks, waiters, deadlock, timedOut } = conflict;
  const now = manager.os.now();
  const ahead = waiters.map(
    (waiter) =>
      `- ${describeScope(waiter.scope, manager.root.path)}: ${nameOf(waiter)}. ${waiterSentence(waiter, now)}`,
  );
  const lines = [
    timedOut ? 'Not granted in that time: you hold nothing.' : 'Not granted: you hold nothing.',
    ...locks.map((lock) => lockLine(lock, manager)),
    ...(ahead.length > 0 ? ['These wait already, and come first:', ...ahead.slice(0, mostWaiters)] : []),
    ...(deadlock
      ? [deadlockSentence(deadlock, manager.root.path), 'Release a lock that you hold, or none of you gets on.']
      : ['Do not write to these paths. Work on something else, or call wait_for_lock with the same paths.']),
  ];
  return { text: lines.join('\n'), data };
}

const mostWaiters = 5;

/** Every failure as one that a model can act on; nothing is thrown at it. */
export function failureAnswer(error: unknown): AgentAnswer {
  const hint = error instanceof LockError || error instanceof ScopeError ? ` ${error.hint}` : '';
  const code = error instanceof LockError || error instanceof ScopeError ? error.code : 'internal';
  return {
    text: escapeForDisplay(`${messageOf(error)}${hint}`, 2_000),
    data: { ok: false, error: { code, message: messageOf(error), hint: hint.trim() } },
    isFailure: true,
  };
}
