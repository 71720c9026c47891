/** The locks of the tree in groups, and long lists of them in pages. Pure. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import { groupByHolder } from '../../core/holders.ts';
import { toolOf } from '../../core/sentences.ts';
import type { PlacedLock } from '../lockedFolders.ts';
import { byText } from './order.ts';
import type { Grouping } from './treeShape.ts';

export interface Group {
  readonly by: Exclude<Grouping, 'none'>;
  readonly label: string;
  readonly key: string;
  readonly members: readonly PlacedLock[];
}

/** Locks that stand in the given order keep it within their group. */
export function groupsOf(locks: readonly PlacedLock[], by: Group['by']): readonly Group[] {
  switch (by) {
    case 'tool':
      return [...collect(locks, ({ lock }) => toolOf(lock))]
        .sort(([a], [b]) => byText(a, b))
        .map(([tool, members]) => ({ by, label: tool, key: tool, members }));
    case 'holder':
      return groupByHolder(locks, ({ lock }) => lock).map(({ key, names, members }) => ({
        by,
        label: names.join(', '),
        key,
        members,
      }));
    case 'scope':
      return [...collect(locks, placeKey)]
        .sort(([a], [b]) => byText(a, b))
        .map(([key, members]) => ({ by, label: members[0] ? placeOf(members[0]).label : '', key, members }));
  }
}

function collect(locks: readonly PlacedLock[], keyOf: (placed: PlacedLock) => string): Map<string, PlacedLock[]> {
  const groups = new Map<string, PlacedLock[]>();
  for (const placed of locks) {
    const key = keyOf(placed);
    const members = groups.get(key);
    if (members) members.push(placed);
    else groups.set(key, [placed]);
  }
  return groups;
}

/** The first character sorts the kinds of places: the whole workspace, folders, names, nothing. */
type Rank = 'a' | 'b' | 'c' | 'd';

function placeKey(placed: PlacedLock): string {
  const { rank, sort } = placeOf(placed);
  return `${rank}${sort}`;
}

/** The folder in which the first entry lies; of a pattern, the folder from which it counts. */
function placeOf({ lock, manager }: PlacedLock): {
  readonly rank: Rank;
  readonly sort: string;
  readonly label: string;
} {
  const root = manager.root.path;
  const [first] = lock.scope;
  if (lock.verdictReason === 'unreadable') return { rank: 'a', sort: root, label: vscode.l10n.t('whole workspace') };
  switch (first?.kind) {
    case undefined:
      return { rank: 'd', sort: '', label: vscode.l10n.t('no scope') };
    case 'name':
      return { rank: 'c', sort: '', label: vscode.l10n.t('names') };
    case 'path':
      if (first.path === root) return { rank: 'a', sort: root, label: vscode.l10n.t('whole workspace') };
      return inFolder(path.dirname(first.path), root);
    case 'glob':
      return inFolder(first.base, root);
  }
}

function inFolder(
  folder: string,
  root: string,
): { readonly rank: Rank; readonly sort: string; readonly label: string } {
  const label = folder === root ? vscode.l10n.t('top folder') : describeEntry({ kind: 'path', path: folder }, root);
  return { rank: 'b', sort: folder, label };
}

/** Rows that a list may have; VS Code fetches all rows of a list at once, and nobody reads more. */
const mostRows = 1_000;
const pageRows = 500;

export interface Page {
  /** Position of the first and after the last, in the whole list. */
  readonly from: number;
  readonly to: number;
  readonly members: readonly PlacedLock[];
}

/** Undefined for a list that is short enough. */
export function pagesOf(locks: readonly PlacedLock[]): readonly Page[] | undefined {
  if (locks.length <= mostRows) return undefined;
  return Array.from({ length: Math.ceil(locks.length / pageRows) }, (_, page) => {
    const from = page * pageRows;
    const members = locks.slice(from, from + pageRows);
    return { from, to: from + members.length, members };
  });
}
