/** How each row of the tree looks. */
import * as vscode from 'vscode';
import { escapeForDisplay } from '../../core/display.ts';
import { whyNotForce, whyNotReap } from '../../core/habits.ts';
import type { Lock } from '../../core/lock.ts';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import {
  deadlockAdvice,
  deadlockSentence,
  describeScope,
  formatAge,
  formatDuration,
  nameOf,
  toolOf,
  verdictSentence,
  waiterSentence,
} from '../../core/sentences.ts';
import { colorIds, commandIds, treeContexts } from '../ids.ts';
import { keyOf, type PlacedLock } from '../lockedFolders.ts';
import { conflictId, deadlockId, groupId, hintId, type NodeOf } from './treeNodes.ts';

export function lockItem({ placed, idPrefix, waiting }: NodeOf<'lock'>, severalRoots: boolean): vscode.TreeItem {
  const { lock, manager } = placed;
  const name = nameOf(lock);
  const tool = lock.protocol === 'loops' ? [] : [toolOf(lock)];
  const scope = scopeSummary(placed);
  const age = formatAge(lock, Date.now());
  const root = severalRoots ? [manager.root.path.split('/').at(-1) ?? ''] : [];
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `${idPrefix}${keyOf(placed)}`;
  // The verdict comes first where it matters: a narrow view cuts the end.
  const more = [
    ...(lock.mode === 'shared' ? [vscode.l10n.t('shared')] : []),
    ...(waiting > 0 ? [vscode.l10n.t('{0} waiting', waiting)] : []),
    ...expiry(lock),
  ];
  item.description = [...(lock.verdict === 'live' ? [] : [lock.verdict]), ...tool, scope, age, ...more, ...root].join(
    ' · ',
  );
  item.iconPath = iconOf(lock);
  item.contextValue = contextOf(lock);
  const whose = lock.mine ? vscode.l10n.t('yours') : vscode.l10n.t('held by {0}', name);
  item.accessibilityInformation = {
    label: `${[name, ...tool, scope, age, lock.verdict, ...more, whose].join(', ')}. ${verdictSentence(lock)}`,
  };
  return item;
}

/** Menus offer only what may be done. */
function contextOf(lock: Lock): string {
  if (lock.mine && lock.verdict === 'live') return treeContexts.mine;
  const why = lock.verdict === 'stale' ? whyNotReap(lock) : whyNotForce(lock);
  return why === undefined ? treeContexts[lock.verdict] : treeContexts.shown;
}

function expiry({ expiresAt }: Lock): readonly string[] {
  if (expiresAt === undefined || expiresAt <= Date.now()) return [];
  return [vscode.l10n.t('expires in {0}', formatDuration(expiresAt - Date.now()))];
}

function iconOf(lock: Lock): vscode.ThemeIcon {
  const icon = (id: string, color?: string): vscode.ThemeIcon =>
    new vscode.ThemeIcon(id, color === undefined ? undefined : new vscode.ThemeColor(color));
  switch (lock.verdict) {
    case 'live':
      return lock.mine ? icon('key', colorIds.mine) : icon('lock', colorIds.locked);
    case 'stale':
      return icon('history', colorIds.stale);
    case 'unknown':
      return icon('question', colorIds.conflict);
    case 'malformed':
      return icon('warning', colorIds.conflict);
  }
}

function scopeSummary({ lock, manager }: PlacedLock): string {
  const [first, ...others] = lock.scope;
  if (lock.verdictReason === 'unreadable') return vscode.l10n.t('everything');
  if (lock.ownWords !== undefined) return escapeForDisplay(lock.ownWords, 60);
  if (first === undefined) return vscode.l10n.t('nothing');
  const shown =
    first.kind === 'path' && first.path === manager.root.path
      ? vscode.l10n.t('whole workspace')
      : describeEntry(first, manager.root.path);
  return others.length === 0 ? shown : `${shown} +${others.length}`;
}

export function entryItem(
  { entry, index, of, idPrefix }: NodeOf<'entry'>,
  shown: (canonical: string) => string,
): vscode.TreeItem {
  const item = new vscode.TreeItem(describeEntry(entry, of.manager.root.path));
  item.id = `${idPrefix}${keyOf(of)}\0entry${index}`;
  switch (entry.kind) {
    case 'path':
      item.resourceUri = vscode.Uri.file(shown(entry.path));
      item.iconPath = new vscode.ThemeIcon('file-symlink-directory');
      item.command = { command: commandIds.openScope, title: vscode.l10n.t('Open'), arguments: [item.resourceUri] };
      break;
    case 'glob': // its matching files lie below
      item.iconPath = new vscode.ThemeIcon('filter');
      item.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed;
      break;
    case 'name':
      item.iconPath = new vscode.ThemeIcon('symbol-string');
  }
  return item;
}

export function fileItem(
  { file, index, of, idPrefix }: NodeOf<'file'>,
  shown: (canonical: string) => string,
): vscode.TreeItem {
  const item = new vscode.TreeItem(describeEntry({ kind: 'path', path: file }, of.manager.root.path));
  item.id = `${idPrefix}${keyOf(of)}\0file${index}\0${file}`;
  item.resourceUri = vscode.Uri.file(shown(file));
  item.command = { command: commandIds.openScope, title: vscode.l10n.t('Open'), arguments: [item.resourceUri] };
  return item;
}

export function detailItem({ text, icon, index, of, idPrefix }: NodeOf<'detail'>): vscode.TreeItem {
  const item = new vscode.TreeItem(escapeForDisplay(text, 300));
  item.id = `${idPrefix}${keyOf(of)}\0detail${index}`;
  item.iconPath = new vscode.ThemeIcon(icon);
  return item;
}

export function waiterItem({ placed, idPrefix }: NodeOf<'waiter'>): vscode.TreeItem {
  const { waiter, wait, manager } = placed;
  const name = nameOf(waiter);
  const item = new vscode.TreeItem(vscode.l10n.t('{0} waits', name));
  const scope = describeScope(waiter.scope, manager.root.path);
  const age = formatAge({ acquiredAt: waiter.since }, Date.now());
  const ahead = [...new Set((wait?.behind ?? []).map(nameOf))];
  item.id = `${idPrefix}${manager.root.path}\0waiter ${waiter.id}`;
  item.description = [
    scope,
    age,
    ...(waiter.mode === 'shared' ? [vscode.l10n.t('shared')] : []),
    ...(ahead.length > 0 ? [vscode.l10n.t('behind {0}', ahead.join(', '))] : []),
    ...(waiter.idle ? [vscode.l10n.t('stopped')] : []),
    ...(waiter.verdict === 'stale' ? [vscode.l10n.t('gone')] : []),
  ].join(' · ');
  item.iconPath = new vscode.ThemeIcon(waiter.verdict === 'stale' || waiter.idle ? 'debug-pause' : 'clock');
  item.tooltip = waiterSentence(waiter, Date.now());
  item.accessibilityInformation = { label: `${name}, ${scope}. ${waiterSentence(waiter, Date.now())}` };
  return item;
}

export function deadlockItem(node: NodeOf<'deadlock'>): vscode.TreeItem {
  const { deadlock, manager } = node;
  const names = [...new Set(deadlock.members.map(({ waiter }) => nameOf(waiter)))];
  const item = new vscode.TreeItem(
    vscode.l10n.t('Deadlock: {0}', names.join(', ')),
    vscode.TreeItemCollapsibleState.Expanded,
  );
  const sentence = deadlockSentence(deadlock, manager.root.path);
  item.id = deadlockId(node);
  item.description = vscode.l10n.t('each waits for another');
  item.iconPath = new vscode.ThemeIcon('sync-ignored', new vscode.ThemeColor(colorIds.conflict));
  item.tooltip = `${sentence} ${deadlockAdvice}`;
  item.accessibilityInformation = { label: `${sentence} ${deadlockAdvice}` };
  return item;
}

export function conflictItem(node: NodeOf<'conflict'>): vscode.TreeItem {
  const names = [node.a, node.b].map(({ lock }) => nameOf(lock));
  const label = vscode.l10n.t('Conflict: {0} and {1}', names[0] ?? '', names[1] ?? '');
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  item.id = conflictId(node);
  item.description = scopeSummary(node.a);
  item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor(colorIds.conflict));
  item.tooltip = vscode.l10n.t('Both locks count and their scopes overlap: two holders each think they are alone.');
  item.accessibilityInformation = { label: `${label}. ${scopeSummary(node.a)}` };
  return item;
}

export function hintItem(node: NodeOf<'hint'>): vscode.TreeItem {
  const { says } = node.hint;
  const item = new vscode.TreeItem(says);
  item.id = hintId(node);
  item.iconPath = new vscode.ThemeIcon('lightbulb');
  item.tooltip = says;
  item.accessibilityInformation = { label: vscode.l10n.t('Hint: {0}', says) };
  return item;
}

export function groupItem(node: NodeOf<'group'>): vscode.TreeItem {
  const label = escapeForDisplay(node.label, 80);
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  item.id = groupId(node);
  item.description = String(node.members.length);
  item.accessibilityInformation = { label: vscode.l10n.t('{0}, {1} locks', label, node.members.length) };
  return item;
}
