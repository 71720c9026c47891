/** What every text that reaches a person or a program must keep to, whatever stands in the files that it tells of. */
import { plain } from '../../src/cli/colours.ts';
import { printJson } from '../../src/cli/context.ts';
import { lockJson, waiterJson } from '../../src/manager/lockJson.ts';
import { lockTable } from '../../src/cli/lockTable.ts';
import { conflictText, locksText } from '../../src/cli/lockText.ts';
import { LockError } from '../../src/core/errors.ts';
import { findHints } from '../../src/core/hints.ts';
import type { Lock } from '../../src/core/lock.ts';
import { ScopeError } from '../../src/core/scope/scopeError.ts';
import { adviceFor, deadlockSentence, evidenceSentence, verdictSentence } from '../../src/core/sentences.ts';
import { indexOf, locksNear, pictureOf } from '../../src/core/snapshot.ts';
import type { PlacedLock } from '../../src/extension/lockedFolders.ts';
import type { Listing } from '../../src/protocols/protocol.ts';
import { lockCardMarkdown, lockCardText } from './lockCard.ts';
import { Breach } from './memoryOs.ts';

const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
/** After VS Code's own escapes: an HTML tag, an autolink, an entity that we did not write, a link, an image. */
const markup = /<|:\/\/|www\.|@|&(?!nbsp;|#58;|#64;|#46;|lt;|amp;)|(?<!\\)[[\]`]/i;

const longestSentence = 600;
const longestLine = 1_500;
const mostShownLocks = 20;

export function assertSafe(text: string, maxChars: number, what: string): void {
  const found = unsafe.exec(text);
  if (found) {
    const code = found[0].codePointAt(0)?.toString(16) ?? '';
    throw new Breach(
      `${what} shows U+${code}: ${JSON.stringify(text.slice(Math.max(0, found.index - 40), found.index + 40))}`,
    );
  }
  if (text.length > maxChars)
    throw new Breach(`${what} has ${text.length} characters: ${JSON.stringify(text.slice(0, 80))}`);
}

function assertLinesSafe(text: string, what: string): void {
  for (const line of text.split('\n')) assertSafe(line, longestLine, what);
}

/** A failure is one of ours, in words. */
export function assertRefusal(error: unknown, codes?: readonly string[]): void {
  if (!(error instanceof LockError) && !(error instanceof ScopeError)) throw error;
  assertSafe(error.message, longestLine, `the message of ${error.code}`);
  assertSafe(error.hint, longestLine, `the hint of ${error.code}`);
  if (error.message === '' || error.hint === '') throw new Breach(`${error.code} has no message or no hint`);
  if (codes && !codes.includes(error.code)) throw new Breach(`an unexpected ${error.code}: ${error.message}`);
}

/** @param sourceBytes the size of all files that it tells of; JSON may repeat them, with the root before each path */
export function assertListingSafe({ locks, waiters }: Listing, root: string, now: number, sourceBytes: number): void {
  const caseRule = { fold: false };
  const index = indexOf(locks, caseRule);
  const near = locksNear({ locks, index });
  const picture = { locks, waiters, index, takenAt: now };
  const { deadlocks, waits } = pictureOf(picture, ({ scope }) => near(scope), caseRule);
  for (const { says } of findHints({ locks, waiters, waits }, root)) assertSafe(says, longestSentence, 'a hint');
  for (const deadlock of deadlocks) assertSafe(deadlockSentence(deadlock, root), 20 * longestSentence, 'a deadlock');
  for (const lock of locks.slice(0, mostShownLocks)) assertLockSafe(lock, root, now);
  const shown = locks.slice(0, mostShownLocks);
  const view = { root, now, paint: plain };
  for (const form of ['short', 'long'] as const) assertLinesSafe(lockTable(shown, form, view), `the ${form} table`);
  assertLinesSafe(locksText(shown, root, now), 'the text of a refusal');
  assertLinesSafe(conflictText({ kind: 'conflict', locks: shown, waiters, timedOut: false }, root, now), 'a conflict');

  const value = { locks: locks.map(lockJson), waiters: waiters.map((waiter) => waiterJson(waiter, waits[0])) };
  let json = '';
  printJson({ out: (text) => (json += text) }, value);
  assertSafe(json.trimEnd(), 40 * sourceBytes + 100_000, 'the JSON');
  if (JSON.stringify(JSON.parse(json)) !== JSON.stringify({ version: 1, ...value }))
    throw new Breach('JSON changes values');
}

function assertLockSafe(lock: Lock, root: string, now: number): void {
  assertSafe(verdictSentence(lock), longestSentence, 'the verdict');
  assertSafe(adviceFor(lock), longestSentence, 'the advice');
  for (const evidence of lock.evidence) assertSafe(evidenceSentence(evidence), longestSentence, 'a piece of evidence');
  const placed = { lock, manager: { root: { path: root } } } as unknown as PlacedLock;
  assertLinesSafe(lockCardText(placed, now), 'the copied card');
  const card = lockCardMarkdown(placed, now);
  if (card.isTrusted !== undefined || card.supportHtml !== undefined) throw new Breach('the card is trusted');
  assertCardSafe(card.value);
}

function assertCardSafe(markdown: string): void {
  for (const line of markdown.split('\n')) assertSafe(line, 60_000, 'the card');
  const found = markup.exec(markdown);
  if (found)
    throw new Breach(
      `the card has markup: ${JSON.stringify(markdown.slice(Math.max(0, found.index - 30), found.index + 40))}`,
    );
}
