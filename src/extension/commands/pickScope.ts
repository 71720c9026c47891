/** Choosing what to lock, with sight: how many files and which, who is in the way, and which tools will obey. */
import * as vscode from 'vscode';
import { messageOf } from '../../core/errors.ts';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import type { Scope } from '../../core/scope/entry.ts';
import { ScopeError } from '../../core/scope/scopeError.ts';
import { describeLock, describeScope, holderOf } from '../../core/sentences.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import { previewScope, type ScopePreview } from '../../manager/scopePreview.ts';
import type { ScopePart } from '../../manager/scopeParts.ts';

interface ScopeItem extends vscode.QuickPickItem {
  /** Undefined for a row that only tells something. */
  readonly scope?: Scope;
}

/** A part of the workspace that can be chosen without typing. */
export interface Suggestion {
  readonly label: string;
  readonly parts: readonly ScopePart[];
}

/** More files than anybody reads in a list; their number is counted up to `mostCounted`. */
const mostShown = 20;
const mostCounted = 2_000;

/** Undefined where the person thinks better of it. */
export async function pickScope(manager: LockManager, suggestions: readonly Suggestion[]): Promise<Scope | undefined> {
  const pick = vscode.window.createQuickPick<ScopeItem>();
  pick.title = vscode.l10n.t('Lock which files?');
  pick.placeholder = vscode.l10n.t('A file, a folder, or a pattern such as src/**/*.ts');
  pick.matchOnDescription = true;
  // The newest typing wins; an answer to an older one is not shown.
  let newest = 0;
  const show = async (): Promise<void> => {
    const mine = ++newest;
    pick.busy = true;
    const items = await itemsFor(manager, pick.value.trim(), suggestions);
    if (mine !== newest) return;
    pick.items = items;
    pick.busy = false;
  };
  const showQuietly = (): void => {
    show().catch((error: unknown) => (pick.items = [{ label: messageOf(error), alwaysShow: true }]));
  };
  try {
    return await new Promise<Scope | undefined>((resolve) => {
      pick.onDidChangeValue(showQuietly);
      pick.onDidAccept(() => {
        const [item] = pick.activeItems;
        if (item?.scope) resolve(item.scope);
      });
      pick.onDidHide(() => resolve(undefined));
      showQuietly();
      pick.show();
    });
  } finally {
    pick.dispose();
  }
}

async function itemsFor(
  manager: LockManager,
  typed: string,
  suggestions: readonly Suggestion[],
): Promise<readonly ScopeItem[]> {
  if (typed !== '') return await itemsForTyped(manager, typed);
  const items: ScopeItem[] = [];
  for (const { label, parts } of suggestions) {
    items.push(scopeItem(manager, label, await previewScope(manager, manager.readScope(parts), mostCounted)));
  }
  return items;
}

async function itemsForTyped(manager: LockManager, typed: string): Promise<readonly ScopeItem[]> {
  const sentences: string[] = [];
  let scope: Scope;
  try {
    scope = manager.readScope([typed], { onReadAs: (sentence) => sentences.push(sentence) });
  } catch (error) {
    if (!(error instanceof ScopeError)) throw error;
    return [{ label: `$(error) ${error.message}`, detail: error.hint, alwaysShow: true }];
  }
  const preview = await previewScope(manager, scope, mostCounted);
  const { root } = manager;
  const separator = (label: string): ScopeItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const told = sentences.map((sentence): ScopeItem => ({ label: `$(info) ${sentence}`, alwaysShow: true }));
  const blockers = preview.blockers.map((lock): ScopeItem => ({
    label: `$(lock) ${holderOf(lock)}`,
    description: describeLock(lock, root.path),
    alwaysShow: true,
  }));
  const files = preview.files.slice(0, mostShown).map((file): ScopeItem => ({
    label: `$(file) ${describeEntry({ kind: 'path', path: file }, root.path)}`,
    alwaysShow: true,
  }));
  return [
    {
      ...scopeItem(manager, vscode.l10n.t('Lock {0}', describeScope(scope, root.path)), preview),
      description: '', // it is what has just been typed
      alwaysShow: true,
    },
    ...told,
    ...(blockers.length > 0 ? [separator(vscode.l10n.t('in the way')), ...blockers] : []),
    ...(files.length > 0 ? [separator(filesLabel(preview)), ...files] : []),
  ];
}

function scopeItem({ root }: LockManager, label: string, preview: ScopePreview): ScopeItem {
  const { scope, blockers, obeyedBy } = preview;
  const inTheWay =
    blockers.length === 0
      ? vscode.l10n.t('free')
      : vscode.l10n.t('in the way: {0}', [...new Set(blockers.map(holderOf))].join(', '));
  const obeyed = obeyedBy.length === 0 ? [] : [vscode.l10n.t('obeyed by {0}', obeyedBy.join(', '))];
  return {
    label,
    description: describeScope(scope, root.path),
    detail: [...(scope.some(({ kind }) => kind === 'glob') ? [filesLabel(preview)] : []), inTheWay, ...obeyed].join(
      ' · ',
    ),
    scope,
  };
}

function filesLabel({ files, complete }: ScopePreview): string {
  if (!complete) return vscode.l10n.t('more than {0} files', files.length);
  return files.length === 1 ? vscode.l10n.t('1 file now') : vscode.l10n.t('{0} files now', files.length);
}
