/** All that is known about one lock: as Markdown for hovers and tooltips, as text for the clipboard. */
import * as vscode from 'vscode';
import { escapeForDisplay } from '../core/display.ts';
import { fencingToken } from '../core/lock.ts';
import { describeEntry } from '../core/scope/describeEntry.ts';
import { describeActivity, evidenceSentence, formatAge, formatDuration, verdictSentence } from '../core/sentences.ts';
import type { PlacedLock } from './lockedFolders.ts';
import { verdictWord } from './verdictWord.ts';

const maxChars = 300;
const maxEntries = 12;

/** Label and text, both safe for a screen and free of markup. */
function lockCardRows({ lock, manager }: PlacedLock, now: number): readonly (readonly [string, string])[] {
  const { holder } = lock;
  const entries = lock.scope.slice(0, maxEntries).map((entry) => describeEntry(entry, manager.root.path));
  const more = lock.scope.length > maxEntries ? [vscode.l10n.t('and {0} more', lock.scope.length - maxEntries)] : [];
  const optional = (label: string, text: string | undefined): [string, string][] =>
    text === undefined ? [] : [[label, escapeForDisplay(text, maxChars)]];
  return [
    [vscode.l10n.t('Holder'), escapeForDisplay(holder.name, maxChars)],
    ...optional(vscode.l10n.t('Doing'), lock.activity && describeActivity(lock.activity)),
    [vscode.l10n.t('State'), `${stateWords(lock)}. ${verdictSentence(lock)}`],
    [vscode.l10n.t('Scope'), entries.length === 0 ? vscode.l10n.t('(nothing)') : [...entries, ...more].join(', ')],
    [vscode.l10n.t('Mode'), lock.mode === 'shared' ? vscode.l10n.t('shared') : vscode.l10n.t('exclusive')],
    [
      vscode.l10n.t('Since'),
      lock.acquiredAt === undefined
        ? vscode.l10n.t('unknown')
        : `${new Date(lock.acquiredAt).toLocaleString()} (${formatAge(lock, now)})`,
    ],
    ...optional(vscode.l10n.t('Expires'), lock.expiresAt === undefined ? undefined : expiryText(lock.expiresAt, now)),
    ...optional(vscode.l10n.t('Reason'), lock.reason),
    ...optional(vscode.l10n.t('Process'), processText(holder)),
    ...optional(vscode.l10n.t('Taken with'), holder.tool),
    [
      vscode.l10n.t('Protocol'),
      lock.enforced ? lock.protocol : vscode.l10n.t('{0}, but its own tool does not see this record', lock.protocol),
    ],
    ...(lock.projections ?? []).map(
      ({ protocol, covers }) =>
        [vscode.l10n.t('Also held for'), escapeForDisplay(`${protocol}: ${covers}`, maxChars)] as const,
    ),
    ...(lock.unseenBy ?? []).map(
      ({ protocol, because }) => [vscode.l10n.t('Not seen by'), `${protocol}: ${because}`] as const,
    ),
    ...(lock.warnings ?? []).map((says) => [vscode.l10n.t('Beware'), escapeForDisplay(says, maxChars)] as const),
    ...optional(vscode.l10n.t('Token'), fencingToken(lock)),
    [vscode.l10n.t('Id'), escapeForDisplay(lock.id, maxChars)],
    ...lock.evidence.map(
      (evidence) => [vscode.l10n.t('Evidence'), escapeForDisplay(evidenceSentence(evidence), maxChars)] as const,
    ),
  ];
}

function stateWords({ verdict, mine }: PlacedLock['lock']): string {
  return mine ? vscode.l10n.t('{0}, yours', verdictWord(verdict)) : verdictWord(verdict);
}

/** Undefined where the record names no process. */
function processText({ pid, host }: PlacedLock['lock']['holder']): string | undefined {
  if (pid === undefined) return undefined;
  return host === undefined ? String(pid) : vscode.l10n.t('{0} on {1}', pid, host);
}

function expiryText(expiresAt: number, now: number): string {
  return expiresAt > now
    ? vscode.l10n.t('in {0}', formatDuration(expiresAt - now))
    : vscode.l10n.t('{0} ago, but its holder still lives', formatDuration(now - expiresAt));
}

/**
 * Where Markdown would make a link of plain text: `https://…`, `www.…`, `name@host`, and `<https:…>`, inside of which a
 * backslash escapes nothing. An `&` begins an entity such as `&rlm;`, which would bring back what was escaped.
 */
const linkMakers = /(:\/\/|www\.|@|<|&)/i;
const asEntities: Readonly<Record<string, string>> = { '://': '&#58;//', '@': '&#64;', '<': '&lt;', '&': '&amp;' };

/** For a hover. Text from records can neither format, nor link, nor run commands. */
export function lockCardMarkdown(placed: PlacedLock, now: number): vscode.MarkdownString {
  const card = new vscode.MarkdownString('');
  for (const [label, text] of lockCardRows(placed, now)) {
    card.appendMarkdown(`**${label}**: `);
    for (const piece of text.split(linkMakers)) {
      if (linkMakers.test(piece)) card.appendMarkdown(asEntities[piece] ?? `${piece.slice(0, 3)}&#46;`);
      else card.appendText(piece);
    }
    card.appendMarkdown('  \n');
  }
  return card;
}

export function lockCardText(placed: PlacedLock, now: number): string {
  const rows = [
    ...lockCardRows(placed, now),
    [vscode.l10n.t('File'), escapeForDisplay(placed.lock.file, 1_000)] as const,
  ];
  return rows.map(([label, text]) => `${label}: ${text}\n`).join('');
}
