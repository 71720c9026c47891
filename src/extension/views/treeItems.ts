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
  whereOf,
  verdictSentence,
  waiterSentence,
} from '../../core/sentences.ts';
import { colorIds, commandIds, treeContexts } from '../ids.ts';
import type { PlacedLock } from '../lockedFolders.ts';
import { verdictWord } from '../verdictWord.ts';
import { idOf } from './nodeIds.ts';
import type { NodeOf } from './treeNodes.ts';

export function lockItem(node: NodeOf<'lock'>, severalRoots: boolean): vscode.TreeItem {
  const { placed, waiting } = node;
  const { lock, manager } = placed;
  const name = nameOf(lock);
  const tool = lock.protocol === 'loops' ? [] : [whereOf(lock)];
  const scope = scopeSummary(placed);
  const age = formatAge(lock, Date.now());
  const root = severalRoots ? [manager.root.path.split('/').at(-1) ?? ''] : [];
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = idOf(node);
  // The verdict comes first where it matters: a narrow view cuts the end.
  const more = [
    ...(lock.mode === 'shared' ? [vscode.l10n.t('shared')] : []),
    ...(waiting > 0 ? [vscode.l10n.t('{0} waiting', waiting)] : []),
    ...expiry(lock),
  ];
  item.description = [
    ...(lock.verdict === 'live' ? [] : [verdictWord(lock.verdict)]),
    ...(lock.mine ? [vscode.l10n.t('yours')] : []),
    ...tool,
    scope,
    age,
    ...more,
    ...root,
  ].join(' · ');
  item.iconPath = iconOf(lock);
  item.contextValue = contextOf(lock);
  const whose = lock.mine ? vscode.l10n.t('yours') : vscode.l10n.t('held by {0}', name);
  item.accessibilityInformation = {
    label: `${[name, ...tool, scope, age, verdictWord(lock.verdict), ...more, whose].join(', ')}. ${verdictSentence(lock)}`,
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

export function entryItem(node: NodeOf<'entry'>, shown: (canonical: string) => string): vscode.TreeItem {
  const { entry, of } = node;
  const item = new vscode.TreeItem(describeEntry(entry, of.manager.root.path));
  item.id = idOf(node);
  switch (entry.kind) {
    case 'path':
      item.resourceUri = vscode.Uri.file(shown(entry.path));
      item.iconPath = new vscode.ThemeIcon('file-symlink-directory');
      item.command = { command: commandIds.openScope, title: vscode.l10n.t('Open'), arguments: [item.resourceUri] };
      break;
    case 'glob': // its matching files lie below
      item.iconPath = new vscode.ThemeIcon('filter');
      item.contextValue = treeContexts.glob;
      item.collapsibleState = vscode.TreeItemCollapsibleState.Collapsed;
      break;
    case 'name':
      item.iconPath = new vscode.ThemeIcon('symbol-string');
  }
  return item;
}

export function fileItem(node: NodeOf<'file'>, shown: (canonical: string) => string): vscode.TreeItem {
  const { file, of } = node;
  const item = new vscode.TreeItem(describeEntry({ kind: 'path', path: file }, of.manager.root.path));
  item.id = idOf(node);
  item.resourceUri = vscode.Uri.file(shown(file));
  item.command = { command: commandIds.openScope, title: vscode.l10n.t('Open'), arguments: [item.resourceUri] };
  return item;
}

export function detailItem(node: NodeOf<'detail'>): vscode.TreeItem {
  const { text, icon } = node;
  const item = new vscode.TreeItem(escapeForDisplay(text, 300));
  item.id = idOf(node);
  item.iconPath = new vscode.ThemeIcon(icon);
  return item;
}

export function waiterItem(node: NodeOf<'waiter'>): vscode.TreeItem {
  const { waiter, wait, manager } = node.placed;
  const name = nameOf(waiter);
  const item = new vscode.TreeItem(vscode.l10n.t('{0} waits', name));
  const scope = describeScope(waiter.scope, manager.root.path);
  const age = formatAge({ acquiredAt: waiter.since }, Date.now());
  const ahead = [...new Set((wait?.behind ?? []).map(nameOf))];
  item.id = idOf(node);
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
  item.id = idOf(node);
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
  item.id = idOf(node);
  item.description = scopeSummary(node.a);
  item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor(colorIds.conflict));
  item.tooltip = vscode.l10n.t('Both locks count and their scopes overlap: two holders each think they are alone.');
  item.accessibilityInformation = { label: `${label}. ${scopeSummary(node.a)}` };
  return item;
}

export function hintItem(node: NodeOf<'hint'>): vscode.TreeItem {
  const { says } = node.hint;
  const item = new vscode.TreeItem(says);
  item.id = idOf(node);
  item.iconPath = new vscode.ThemeIcon('lightbulb');
  item.tooltip = says;
  item.accessibilityInformation = { label: vscode.l10n.t('Hint: {0}', says) };
  return item;
}

export function groupItem(node: NodeOf<'group'>): vscode.TreeItem {
  const { members } = node;
  const label = escapeForDisplay(node.label, 80);
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  item.id = idOf(node);
  item.description = String(members.length);
  item.contextValue = groupContextOf(members);
  item.accessibilityInformation = { label: `${groupKind(node, label)}, ${lockCount(members.length)}` };
  return item;
}

/** A group says what it is: a name alone could be a folder's as well as a holder's. */
function groupKind({ by }: NodeOf<'group'>, label: string): string {
  switch (by) {
    case 'tool':
      return vscode.l10n.t('Tool {0}', label);
    case 'holder':
      return vscode.l10n.t('Holder {0}', label);
    case 'scope':
      return vscode.l10n.t('Folder {0}', label);
  }
}

function lockCount(count: number): string {
  return count === 1 ? vscode.l10n.t('1 lock') : vscode.l10n.t('{0} locks', count);
}

/** The first page is open: it is what the order of the rows is for. */
export function pageItem(node: NodeOf<'page'>): vscode.TreeItem {
  const { from, to, members } = node;
  const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(vscode.l10n.t('{0} to {1}', from + 1, to), from === 0 ? Expanded : Collapsed);
  item.id = idOf(node);
  const [first, last] = [members[0], members.at(-1)];
  if (first && last) item.description = `${nameOf(first.lock)} … ${nameOf(last.lock)}`;
  item.contextValue = groupContextOf(members);
  item.accessibilityInformation = { label: vscode.l10n.t('Locks {0} to {1}', from + 1, to) };
  return item;
}

/** Its menu offers what may be done to at least one of its locks. */
function groupContextOf(members: readonly PlacedLock[]): string {
  const kinds = new Set(members.map(({ lock }) => contextOf(lock)));
  const offers = [
    ...(kinds.has(treeContexts.mine) ? ['mine'] : []),
    ...(kinds.has(treeContexts.stale) ? ['stale'] : []),
    ...([treeContexts.live, treeContexts.unknown, treeContexts.malformed].some((kind) => kinds.has(kind))
      ? ['forceable']
      : []),
  ];
  return [treeContexts.group, ...offers].join('.');
}

/** Enter on it brings them back. Short, because a view of usual width would cut what to do about it. */
export function hiddenItem(node: NodeOf<'hidden'>): vscode.TreeItem {
  const label =
    node.count === 1
      ? vscode.l10n.t('1 lock hidden by the filter')
      : vscode.l10n.t('{0} locks hidden by the filter', node.count);
  const item = new vscode.TreeItem(label);
  const showAll = vscode.l10n.t('Show All');
  item.id = idOf(node);
  item.description = showAll;
  item.iconPath = new vscode.ThemeIcon('filter-filled');
  item.contextValue = treeContexts.hidden;
  item.command = { command: commandIds.showAllLocks, title: showAll };
  item.accessibilityInformation = { label: `${label}. ${showAll}` };
  return item;
}
