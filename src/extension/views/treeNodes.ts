/** What the rows of the tree stand for, and which lie below which. */
import * as vscode from 'vscode';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import type { ScopeEntry } from '../../core/scope/entry.ts';
import { describeActivity, evidenceSentence, formatDuration, verdictSentence } from '../../core/sentences.ts';
import type { Deadlock } from '../../core/deadlock.ts';
import type { Hint } from '../../core/hints.ts';
import { fencingToken, type Lock } from '../../core/lock.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import { matchingFiles } from '../../manager/matchingFiles.ts';
import type { PlacedLock, PlacedWaiter, WindowPicture } from '../lockedFolders.ts';
import { groupsOf, pagesOf, type Group, type Page } from './grouping.ts';
import { idOf } from './nodeIds.ts';
import { inOrder } from './order.ts';
import type { TreeShape } from './treeShape.ts';

/** A row below a lock; the lock may be shown twice, below a conflict and by itself, so each id has a prefix. */
interface Below {
  readonly of: PlacedLock;
  readonly index: number;
  readonly idPrefix: string;
}

export type TreeNode =
  | { readonly kind: 'conflict'; readonly a: PlacedLock; readonly b: PlacedLock }
  | { readonly kind: 'deadlock'; readonly deadlock: Deadlock; readonly manager: LockManager }
  | { readonly kind: 'lock'; readonly placed: PlacedLock; readonly idPrefix: string; readonly waiting: number }
  | ({ readonly kind: 'group' } & Group)
  | ({ readonly kind: 'page'; readonly idPrefix: string } & Page)
  | { readonly kind: 'hint'; readonly hint: Hint; readonly manager: LockManager }
  | { readonly kind: 'hidden'; readonly count: number }
  | { readonly kind: 'waiter'; readonly placed: PlacedWaiter; readonly idPrefix: string }
  | ({ readonly kind: 'entry'; readonly entry: ScopeEntry } & Below)
  | ({ readonly kind: 'file'; readonly file: string } & Below)
  | ({
      readonly kind: 'detail';
      readonly icon: 'info' | 'search' | 'watch' | 'tag' | 'comment' | 'pulse' | 'link' | 'eye-closed';
      readonly text: string;
    } & Below);

export type NodeOf<Kind extends TreeNode['kind']> = Extract<TreeNode, { kind: Kind }>;

/** What nobody may overlook stands first, whatever the order of the rest. */
export function rootNodes(picture: WindowPicture, { grouping, order, hidden }: TreeShape): TreeNode[] {
  const { waiters, deadlocks, conflicts, hints } = picture;
  const locks = picture.locks.filter(({ lock }) => !hidden.includes(lock.protocol));
  const count = picture.locks.length - locks.length;
  const sorted = inOrder(locks, order);
  return [
    ...deadlocks.map((each): TreeNode => ({ kind: 'deadlock', ...each })),
    ...conflicts.map(({ a, b }): TreeNode => ({ kind: 'conflict', a, b })),
    ...hints.map((each): TreeNode => ({ kind: 'hint', ...each })),
    ...(count > 0 ? [{ kind: 'hidden', count } as const] : []),
    ...(grouping === 'none'
      ? listOf(sorted, '', waiters)
      : groupsOf(sorted, grouping).map((group): TreeNode => ({ kind: 'group', ...group }))),
    // Whoever waits for a lock stands below it; the others are next, behind somebody, or gone.
    ...waiters
      .filter(({ wait }) => (wait?.locks.length ?? 0) === 0)
      .map((placed): TreeNode => ({ kind: 'waiter', placed, idPrefix: '' })),
  ];
}

/** Row by row, or in pages where there are too many. */
function listOf(locks: readonly PlacedLock[], idPrefix: string, waiters: readonly PlacedWaiter[]): TreeNode[] {
  return (
    pagesOf(locks)?.map((page): TreeNode => ({ kind: 'page', idPrefix, ...page })) ??
    locks.map((placed) => lockNode(placed, idPrefix, waiters))
  );
}

function lockNode(placed: PlacedLock, idPrefix: string, waiters: readonly PlacedWaiter[]): TreeNode {
  return { kind: 'lock', placed, idPrefix, waiting: waitersOf(placed, waiters).length };
}

function waitersOf({ lock, manager }: PlacedLock, waiters: readonly PlacedWaiter[]): readonly PlacedWaiter[] {
  return waiters.filter((each) => each.manager === manager && each.wait?.locks.includes(lock));
}

/** Files of a glob that are shown; more would be a search, not a look. */
const mostFiles = 100;

/** All but the files of a pattern, which have to be looked up: `filesOf`. */
export function childrenOf(node: Exclude<TreeNode, NodeOf<'entry'>>, picture: WindowPicture): TreeNode[] {
  switch (node.kind) {
    case 'conflict':
      return [node.a, node.b].map((placed) => lockNode(placed, idOf(node), picture.waiters));
    case 'deadlock':
      return node.deadlock.members.flatMap(({ waiter }): TreeNode[] => {
        const placed = picture.waiters.find((each) => each.waiter.id === waiter.id && each.manager === node.manager);
        return placed ? [{ kind: 'waiter', placed, idPrefix: idOf(node) }] : [];
      });
    case 'group':
      return listOf(node.members, idOf(node), picture.waiters);
    case 'page':
      // With the page's own id: VS Code refuses a row that moves before the page that it came from is drawn anew.
      return node.members.map((placed) => lockNode(placed, idOf(node), picture.waiters));
    case 'lock':
      return lockChildren(node.placed, node.idPrefix, picture);
    case 'hint':
    case 'hidden':
    case 'waiter':
    case 'file':
    case 'detail':
      return [];
  }
}

function lockChildren(placed: PlacedLock, idPrefix: string, { waiters }: WindowPicture): TreeNode[] {
  const { lock } = placed;
  const below = { of: placed, idPrefix };
  return [
    ...lock.scope.map((entry, index): TreeNode => ({ kind: 'entry', entry, index, ...below })),
    ...waitersOf(placed, waiters).map((waiter): TreeNode => ({
      kind: 'waiter',
      placed: waiter,
      idPrefix: `${idPrefix}${lock.id}\0`,
    })),
    ...detailsOf(lock, Date.now()).map((detail, index): TreeNode => ({ kind: 'detail', ...detail, index, ...below })),
  ];
}

function detailsOf(lock: Lock, now: number): readonly Pick<NodeOf<'detail'>, 'icon' | 'text'>[] {
  const token = fencingToken(lock);
  return [
    ...(lock.mode === 'shared'
      ? [{ icon: 'info', text: vscode.l10n.t('Shared: other shared locks may overlap it') } as const]
      : []),
    ...(lock.reason === undefined ? [] : [{ icon: 'comment', text: lock.reason } as const]),
    ...(lock.expiresAt === undefined ? [] : [{ icon: 'watch', text: expiryText(lock.expiresAt, now) } as const]),
    ...(lock.activity
      ? [{ icon: 'pulse', text: vscode.l10n.t('Its loop is {0}', describeActivity(lock.activity)) } as const]
      : []),
    { icon: 'info', text: verdictSentence(lock) },
    ...(lock.projections ?? []).map(
      ({ protocol, covers }) =>
        ({ icon: 'link', text: vscode.l10n.t('Also held for {0}: {1}', protocol, covers) }) as const,
    ),
    ...(lock.unseenBy ?? []).map(
      ({ protocol, because }) =>
        ({ icon: 'eye-closed', text: vscode.l10n.t('Not seen by {0}: {1}', protocol, because) }) as const,
    ),
    ...lock.evidence.map((evidence) => ({ icon: 'search', text: evidenceSentence(evidence) }) as const),
    ...(token === undefined ? [] : [{ icon: 'tag', text: vscode.l10n.t('Token {0}', token) } as const]),
  ];
}

/** Expiry alone frees nothing (DESIGN 6.1), so a lock that is over its time is still shown as held. */
function expiryText(expiresAt: number, now: number): string {
  return expiresAt > now
    ? vscode.l10n.t('Expires in {0}', formatDuration(expiresAt - now))
    : vscode.l10n.t('Expired {0} ago, but its holder still lives', formatDuration(now - expiresAt));
}

/** The files that a pattern covers now; none below an entry that is no pattern. */
export async function filesOf({ entry, of, idPrefix }: NodeOf<'entry'>): Promise<TreeNode[]> {
  if (entry.kind !== 'glob') return [];
  const { files, complete } = await matchingFiles(entry, of.manager.caseRule, mostFiles);
  const nodes = files.map((file, index): TreeNode => ({ kind: 'file', file, index, of, idPrefix }));
  if (complete && nodes.length > 0) return nodes;
  const pattern = describeEntry(entry, of.manager.root.path);
  const text =
    nodes.length === 0 && complete
      ? vscode.l10n.t('No file matches now: {0}', pattern)
      : vscode.l10n.t('More files match: {0}', pattern);
  return [
    ...nodes,
    {
      kind: 'detail',
      icon: 'info',
      text,
      index: -1,
      of,
      idPrefix,
    },
  ];
}
