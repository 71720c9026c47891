/** Grouping, sorting and filtering the tree. */
import * as vscode from 'vscode';
import { protocolIds, type ProtocolId } from '../../core/lock.ts';
import type { CommandContext } from './commandContext.ts';
import { groupings, orders, type Grouping, type Order } from '../views/treeShape.ts';

interface GroupingItem extends vscode.QuickPickItem {
  readonly grouping: Grouping;
}

interface OrderItem extends vscode.QuickPickItem {
  readonly order: Order;
}

interface ToolItem extends vscode.QuickPickItem {
  readonly tool: ProtocolId;
}

export async function groupLocks({ tree, dialogs }: CommandContext): Promise<void> {
  const { grouping } = tree.shape;
  const items = groupings.map((each): GroupingItem => ({
    grouping: each,
    label: groupingLabel(each),
    ...(each === grouping ? { description: vscode.l10n.t('now') } : {}),
  }));
  const picked = await dialogs().pickOne(items, vscode.l10n.t('Group the locks'));
  if (picked) await tree.reshape({ grouping: picked.grouping });
}

function groupingLabel(grouping: Grouping): string {
  switch (grouping) {
    case 'none':
      return vscode.l10n.t('Not at all');
    case 'tool':
      return vscode.l10n.t('By tool');
    case 'holder':
      return vscode.l10n.t('By holder, over all tools');
    case 'scope':
      return vscode.l10n.t('By folder');
  }
}

export async function sortLocks({ tree, dialogs }: CommandContext): Promise<void> {
  const { order } = tree.shape;
  const items = orders.map((each): OrderItem => ({
    order: each,
    label: orderLabel(each),
    ...(each === order ? { description: vscode.l10n.t('now') } : {}),
  }));
  const picked = await dialogs().pickOne(items, vscode.l10n.t('Sort the locks; conflicts come first in each order'));
  if (picked) await tree.reshape({ order: picked.order });
}

function orderLabel(order: Order): string {
  switch (order) {
    case 'urgency':
      return vscode.l10n.t('What needs somebody first');
    case 'oldest':
      return vscode.l10n.t('Oldest first');
    case 'newest':
      return vscode.l10n.t('Newest first');
    case 'scope':
      return vscode.l10n.t('By scope');
    case 'holder':
      return vscode.l10n.t('By holder');
  }
}

export async function showAllLocks({ tree }: CommandContext): Promise<void> {
  await tree.reshape({ hidden: [] });
}

export async function filterLocks({ tree, folders, dialogs }: CommandContext): Promise<void> {
  const { hidden } = tree.shape;
  const counts = new Map<ProtocolId, number>();
  for (const { lock } of folders.picture.locks) counts.set(lock.protocol, (counts.get(lock.protocol) ?? 0) + 1);
  const items = protocolIds
    .filter((tool) => counts.has(tool) || hidden.includes(tool))
    .map((tool): ToolItem => ({
      tool,
      label: tool,
      description: String(counts.get(tool) ?? 0),
      picked: !hidden.includes(tool),
    }));
  const picked = await dialogs().pickSome(items, vscode.l10n.t('Tools whose locks are shown in the tree'));
  if (!picked) return;
  const shown = picked.map(({ tool }) => tool);
  await tree.reshape({ hidden: items.map(({ tool }) => tool).filter((tool) => !shown.includes(tool)) });
}
