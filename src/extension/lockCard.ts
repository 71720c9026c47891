/** All that is known about one lock: as Markdown for hovers and tooltips, as text for the clipboard. */
import * as vscode from 'vscode';
import { escapeForDisplay } from '../core/display.ts';
import { describeEntry } from '../core/scope/describeEntry.ts';
import { describeActivity, evidenceSentence, formatAge, formatDuration, verdictSentence } from '../core/sentences.ts';
import type { PlacedLock } from './lockedFolders.ts';

const maxChars = 300;
const maxEntries = 12;

/** Label and text, both safe for a screen and free of markup. */
function lockCardRows({ lock, manager }: PlacedLock, now: number): readonly (readonly [string, string])[] {
  const { holder } = lock;
  const entries = lock.scope.slice(0, maxEntries).map((entry) => describeEntry(entry, manager.root.path));
  const more = lock.scope.length > maxEntries ? [`and ${lock.scope.length - maxEntries} more`] : [];
  const optional = (label: string, text: string | undefined): [string, string][] =>
    text === undefined ? [] : [[label, escapeForDisplay(text, maxChars)]];
  return [
    ['Holder', escapeForDisplay(holder.name, maxChars)],
    ...optional('Doing', lock.activity && describeActivity(lock.activity)),
    ['State', `${lock.verdict}${lock.mine ? ', yours' : ''}. ${verdictSentence(lock)}`],
    ['Scope', entries.length === 0 ? '(nothing)' : [...entries, ...more].join(', ')],
    ['Mode', lock.mode],
    [
      'Since',
      lock.acquiredAt === undefined
        ? 'unknown'
        : `${new Date(lock.acquiredAt).toLocaleString()} (${formatAge(lock, now)})`,
    ],
    ...optional('Expires', lock.expiresAt === undefined ? undefined : expiryText(lock.expiresAt, now)),
    ...optional('Reason', lock.reason),
    ...optional(
      'Process',
      holder.pid === undefined ? undefined : `${holder.pid}${holder.host === undefined ? '' : ` on ${holder.host}`}`,
    ),
    ...optional('Taken with', holder.tool),
    ['Protocol', lock.enforced ? lock.protocol : `${lock.protocol}, but its own tool does not see this record`],
    ...(lock.projections ?? []).map(
      ({ protocol, covers }) => ['Also held for', escapeForDisplay(`${protocol}: ${covers}`, maxChars)] as const,
    ),
    ...(lock.unseenBy ?? []).map(({ protocol, because }) => ['Not seen by', `${protocol}: ${because}`] as const),
    ...(lock.warnings ?? []).map((says) => ['Beware', escapeForDisplay(says, maxChars)] as const),
    ...optional('Token', lock.token),
    ['Id', escapeForDisplay(lock.id, maxChars)],
    ...lock.evidence.map((evidence) => ['Evidence', escapeForDisplay(evidenceSentence(evidence), maxChars)] as const),
  ];
}

function expiryText(expiresAt: number, now: number): string {
  return expiresAt > now
    ? `in ${formatDuration(expiresAt - now)}`
    : `${formatDuration(now - expiresAt)} ago, but its holder still lives`;
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
  const rows = [...lockCardRows(placed, now), ['File', escapeForDisplay(placed.lock.file, 1_000)] as const];
  return rows.map(([label, text]) => `${label}: ${text}\n`).join('');
}
