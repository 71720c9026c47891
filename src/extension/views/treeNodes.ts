/** What the rows of the tree stand for, and which lie below which. */
import { describeEntry } from '../../core/scope/describeEntry.ts';
import type { ScopeEntry } from '../../core/scope/entry.ts';
import { describeActivity, evidenceSentence, formatDuration, toolOf, verdictSentence } from '../../core/sentences.ts';
import type { Deadlock } from '../../core/deadlock.ts';
import type { Hint } from '../../core/hints.ts';
import { groupByHolder } from '../../core/holders.ts';
import type { Lock } from '../../core/lock.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import { matchingFiles } from '../../manager/matchingFiles.ts';
import type { PlacedLock, PlacedWaiter, WindowPicture } from '../lockedFolders.ts';
import type { Grouping, TreeShape } from './treeShape.ts';

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
  | { readonly kind: 'group'; readonly label: string; readonly key: string; readonly members: readonly PlacedLock[] }
  | { readonly kind: 'hint'; readonly hint: Hint; readonly manager: LockManager }
  | { readonly kind: 'waiter'; readonly placed: PlacedWaiter; readonly idPrefix: string }
  | ({ readonly kind: 'entry'; readonly entry: ScopeEntry } & Below)
  | ({ readonly kind: 'file'; readonly file: string } & Below)
  | ({
      readonly kind: 'detail';
      readonly icon: 'info' | 'search' | 'watch' | 'tag' | 'comment' | 'pulse' | 'link' | 'eye-closed';
      readonly text: string;
    } & Below);

export type NodeOf<Kind extends TreeNode['kind']> = Extract<TreeNode, { kind: Kind }>;

/** What needs somebody first: unknown and malformed, then what lives, then what is only left over. */
const urgency: Readonly<Record<Lock['verdict'], number>> = { unknown: 0, malformed: 1, live: 2, stale: 3 };

export function rootNodes(picture: WindowPicture, { grouping, hidden }: TreeShape): TreeNode[] {
  const { waiters, deadlocks, conflicts, hints } = picture;
  const locks = picture.locks.filter(({ lock }) => !hidden.includes(lock.protocol)).sort(byUrgency);
  return [
    ...deadlocks.map((each): TreeNode => ({ kind: 'deadlock', ...each })),
    ...conflicts.map(({ a, b }): TreeNode => ({ kind: 'conflict', a, b })),
    ...hints.map((each): TreeNode => ({ kind: 'hint', ...each })),
    ...grouped(locks, grouping, waiters),
    // Whoever waits for a lock stands below it; the others are next, behind somebody, or gone.
    ...waiters
      .filter(({ wait }) => (wait?.locks.length ?? 0) === 0)
      .map((placed): TreeNode => ({ kind: 'waiter', placed, idPrefix: '' })),
  ];
}

function grouped(locks: readonly PlacedLock[], grouping: Grouping, waiters: readonly PlacedWaiter[]): TreeNode[] {
  switch (grouping) {
    case 'none':
      return locks.map((placed) => lockNode(placed, '', waiters));
    case 'tool': {
      const tools = [...new Set(locks.map(({ lock }) => toolOf(lock)))].sort();
      return tools.map((tool) => ({
        kind: 'group',
        label: tool,
        key: `tool\0${tool}`,
        members: locks.filter(({ lock }) => toolOf(lock) === tool),
      }));
    }
    case 'holder':
      return groupByHolder(locks, ({ lock }) => lock).map(({ key, names, members }) => ({
        kind: 'group',
        label: names.join(', '),
        key: `holder\0${key}`,
        members,
      }));
  }
}

function byUrgency(a: PlacedLock, b: PlacedLock): number {
  return (
    urgency[a.lock.verdict] - urgency[b.lock.verdict] ||
    (a.lock.acquiredAt ?? 0) - (b.lock.acquiredAt ?? 0) ||
    a.lock.id.localeCompare(b.lock.id)
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

export function childrenOf(node: TreeNode, picture: WindowPicture): TreeNode[] | Promise<TreeNode[]> {
  switch (node.kind) {
    case 'conflict':
      return [node.a, node.b].map((placed) => lockNode(placed, conflictId(node), picture.waiters));
    case 'deadlock':
      return node.deadlock.members.flatMap(({ waiter }): TreeNode[] => {
        const placed = picture.waiters.find((each) => each.waiter.id === waiter.id && each.manager === node.manager);
        return placed ? [{ kind: 'waiter', placed, idPrefix: deadlockId(node) }] : [];
      });
    case 'group':
      return node.members.map((placed) => lockNode(placed, groupId(node), picture.waiters));
    case 'lock':
      return lockChildren(node.placed, node.idPrefix, picture);
    case 'entry':
      return node.entry.kind === 'glob' ? filesOf(node, node.entry) : [];
    case 'hint':
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
  return [
    ...(lock.mode === 'shared' ? [{ icon: 'info', text: 'Shared: other shared locks may overlap it' } as const] : []),
    ...(lock.reason === undefined ? [] : [{ icon: 'comment', text: lock.reason } as const]),
    ...(lock.expiresAt === undefined ? [] : [{ icon: 'watch', text: expiryText(lock.expiresAt, now) } as const]),
    ...(lock.activity ? [{ icon: 'pulse', text: `Its loop is ${describeActivity(lock.activity)}` } as const] : []),
    { icon: 'info', text: verdictSentence(lock) },
    ...(lock.projections ?? []).map(
      ({ protocol, covers }) => ({ icon: 'link', text: `Also held for ${protocol}: ${covers}` }) as const,
    ),
    ...(lock.unseenBy ?? []).map(
      ({ protocol, because }) => ({ icon: 'eye-closed', text: `Not seen by ${protocol}: ${because}` }) as const,
    ),
    ...lock.evidence.map((evidence) => ({ icon: 'search', text: evidenceSentence(evidence) }) as const),
    ...(lock.token === undefined ? [] : [{ icon: 'tag', text: `Token ${lock.token}` } as const]),
  ];
}

/** Expiry alone frees nothing (DESIGN 6.1), so a lock that is over its time is still shown as held. */
function expiryText(expiresAt: number, now: number): string {
  return expiresAt > now
    ? `Expires in ${formatDuration(expiresAt - now)}`
    : `Expired ${formatDuration(now - expiresAt)} ago, but its holder still lives`;
}

async function filesOf(
  { of, idPrefix }: NodeOf<'entry'>,
  entry: Extract<ScopeEntry, { kind: 'glob' }>,
): Promise<TreeNode[]> {
  const { files, complete } = await matchingFiles(entry, of.manager.caseRule, mostFiles);
  const nodes = files.map((file, index): TreeNode => ({ kind: 'file', file, index, of, idPrefix }));
  if (complete && nodes.length > 0) return nodes;
  const text = nodes.length === 0 && complete ? 'No file matches now' : 'More files match';
  return [
    ...nodes,
    {
      kind: 'detail',
      icon: 'info',
      text: `${text}: ${describeEntry(entry, of.manager.root.path)}`,
      index: -1,
      of,
      idPrefix,
    },
  ];
}

export function conflictId({ a, b }: NodeOf<'conflict'>): string {
  return `conflict\0${a.lock.id}\0${b.lock.id}\0`;
}

export function deadlockId({ deadlock }: NodeOf<'deadlock'>): string {
  return `deadlock\0${deadlock.members.map(({ waiter }) => waiter.id).join('\0')}\0`;
}

export function hintId({ hint, manager }: NodeOf<'hint'>): string {
  return `hint\0${manager.root.path}\0${hint.kind}\0${hint.about.join('\0')}\0${hint.says}`;
}

export function groupId({ key }: NodeOf<'group'>): string {
  return `group\0${key}\0`;
}
