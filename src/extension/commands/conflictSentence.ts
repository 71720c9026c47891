import * as vscode from 'vscode';
import { deadlockAdvice, deadlockSentence, formatAge, nameOf, verdictSentence } from '../../core/sentences.ts';
import type { Conflict } from '../../protocols/protocol.ts';

/** Who stands in the way and how we know, in one or two sentences. */
export function conflictSentence({ locks, waiters, deadlock }: Conflict, root: string): string {
  const [lock] = locks;
  const [waiter] = waiters;
  const circle = deadlock ? ` ${deadlockSentence(deadlock, root)} ${deadlockAdvice}` : '';
  if (lock?.mine) return vscode.l10n.t('You have locked this already ({0}).', formatAge(lock, Date.now())) + circle;
  if (lock) {
    const age = formatAge(lock, Date.now());
    return vscode.l10n.t('Locked by {0} for {1}. {2}', nameOf(lock), age, verdictSentence(lock)) + circle;
  }
  if (waiter) return vscode.l10n.t('{0} waits for it and comes first.', nameOf(waiter)) + circle;
  return vscode.l10n.t('Locked by somebody else.') + circle;
}
