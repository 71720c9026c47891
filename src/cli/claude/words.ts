/** What the model reads. Everything that comes from a record is escaped. */
import type { Lock } from '../../core/lock.ts';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import { describeScope, nameOf, waiterSentence } from '../../core/sentences.ts';
import { shellWord } from '../../core/shellWord.ts';
import { lockLine } from '../../manager/agents/answer.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import type { Conflict } from '../../protocols/protocol.ts';

const mostLines = 20;

/** Why this file may not be written, and what to do instead. */
export function denial(
  file: string,
  { locks, waiters }: Pick<Conflict, 'locks' | 'waiters'>,
  manager: LockManager,
): string {
  const root = manager.root.path;
  const name = describeEntry({ kind: 'path', path: file }, root);
  const now = manager.os.now();
  const ahead = waiters.map(
    (waiter) => `- ${describeScope(waiter.scope, root)}: ${nameOf(waiter)}. ${waiterSentence(waiter, now)}`,
  );
  const wait = `wlock wait --timeout 100s --root ${shellWord(root)} --path ${shellWord(file)}`;
  return [
    `${name} is locked by somebody else, so it was not changed.`,
    ...firstOf(locks.map((lock) => lockLine(lock, manager))),
    ...(ahead.length > 0 ? ['These wait already, and come first:', ...firstOf(ahead)] : []),
    `Do not change it in another way either. Choose another file, or wait until it is free and then try again: ${wait}`,
  ].join('\n');
}

/** Who has locked what, before the agent begins. */
export function outlook(locks: readonly Lock[], manager: LockManager): string {
  return [
    `Others have locked parts of the workspace ${shellWord(manager.root.path)}:`,
    ...firstOf(locks.map((lock) => lockLine(lock, manager))),
    'An edit of a file that somebody else has locked is denied, with his name. Do not change such a file in another way: choose another one, or wait for it with wlock wait. wlock list shows all locks of that moment.',
  ].join('\n');
}

function firstOf(lines: readonly string[]): readonly string[] {
  if (lines.length <= mostLines) return lines;
  return [...lines.slice(0, mostLines - 1), `and ${lines.length - mostLines + 1} more`];
}
