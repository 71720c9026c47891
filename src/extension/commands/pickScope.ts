/** Choosing what to lock, with sight: how many files and which, who is in the way, and which tools will obey. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../core/errors.ts';
import type { Lock } from '../../core/lock.ts';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import type { Scope } from '../../core/scope/entry.ts';
import { ScopeError } from '../../core/scope/scopeError.ts';
import { describeLock, describeScope, holderOf } from '../../core/sentences.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import { mostLookedAt } from '../../manager/matchingFiles.ts';
import { previewScope, type ScopePreview } from '../../manager/scopePreview.ts';
import type { ScopePart } from '../../manager/scopeParts.ts';

/** What the person has chosen: a scope to lock, or a lock in the way to look at. */
export type Picked = { readonly kind: 'scope'; readonly scope: Scope } | { readonly kind: 'lock'; readonly lock: Lock };

/** What Enter does on a row. */
type OnEnter = Picked | { readonly kind: 'narrow'; readonly file: string };

interface ScopeItem extends vscode.QuickPickItem {
  /** Undefined for a row that only tells what is wrong. */
  readonly onEnter?: OnEnter;
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
export async function pickScope(manager: LockManager, suggestions: readonly Suggestion[]): Promise<Picked | undefined> {
  const pick = new ScopePick(manager, suggestions);
  try {
    return await pick.picked;
  } finally {
    pick.dispose();
  }
}

class ScopePick {
  readonly picked: Promise<Picked | undefined>;
  readonly #pick = vscode.window.createQuickPick<ScopeItem>();
  readonly #manager: LockManager;
  readonly #suggestions: readonly Suggestion[];
  /** The rows and the text that they were made for, which may be older than the text in the box. */
  #shown: { readonly text: string; readonly items: readonly ScopeItem[] } = { text: '', items: [] };
  /** The newest typing wins; an answer to an older one is not shown. */
  #newest = 0;
  /** Enter was pressed before the rows for the text were there: never take what was typed before. */
  #isEntered = false;
  /** The file of a row that was chosen; its name may look like a pattern. */
  #narrowed: { readonly text: string; readonly file: string } | undefined;

  constructor(manager: LockManager, suggestions: readonly Suggestion[]) {
    this.#manager = manager;
    this.#suggestions = suggestions;
    const pick = this.#pick;
    pick.title = vscode.l10n.t('Lock which files?');
    pick.placeholder = vscode.l10n.t('A file, a folder, or a pattern such as src/**/*.ts');
    pick.matchOnDescription = true;
    this.picked = new Promise((resolve) => {
      pick.onDidChangeValue(() => this.#show(resolve));
      pick.onDidAccept(() => this.#accept(resolve));
      pick.onDidHide(() => resolve(undefined));
      this.#show(resolve);
      pick.show();
    });
  }

  dispose(): void {
    this.#pick.dispose();
  }

  get #text(): string {
    return this.#pick.value.trim();
  }

  #show(resolve: (picked: Picked) => void): void {
    const mine = ++this.#newest;
    const text = this.#text;
    this.#isEntered = false;
    this.#pick.busy = true;
    this.#itemsFor(text)
      .catch((error: unknown): readonly ScopeItem[] => [{ label: messageOf(error), alwaysShow: true }])
      .then((items) => {
        if (mine !== this.#newest) return;
        this.#shown = { text, items };
        this.#pick.items = items;
        this.#pick.busy = false;
        if (this.#isEntered) this.#accept(resolve);
      })
      .catch(() => undefined); // it has been closed meanwhile
  }

  #accept(resolve: (picked: Picked) => void): void {
    const { text, items } = this.#shown;
    this.#isEntered = this.#pick.busy || text !== this.#text;
    if (this.#isEntered) return;
    // VS Code tells only later which of new rows is the active one.
    const active = this.#pick.activeItems.find((item) => items.includes(item));
    const onEnter = (active ?? items.find((item) => item.onEnter))?.onEnter;
    if (onEnter?.kind === 'narrow') this.#narrow(onEnter.file, resolve);
    else if (onEnter) resolve(onEnter);
  }

  #narrow(file: string, resolve: (picked: Picked) => void): void {
    const text = path.relative(this.#manager.root.path, file);
    this.#narrowed = { text, file };
    this.#pick.value = text;
    this.#show(resolve);
  }

  async #itemsFor(text: string): Promise<readonly ScopeItem[]> {
    if (text === '') return await itemsForSuggestions(this.#manager, this.#suggestions);
    const part = this.#narrowed?.text === text ? ({ as: 'path', text: this.#narrowed.file } as const) : text;
    return await itemsForTyped(this.#manager, part);
  }
}

async function itemsForSuggestions(
  manager: LockManager,
  suggestions: readonly Suggestion[],
): Promise<readonly ScopeItem[]> {
  const items: ScopeItem[] = [];
  for (const { label, parts } of suggestions) {
    items.push(scopeItem(manager, label, await previewScope(manager, manager.readScope(parts), mostCounted)));
  }
  return items;
}

async function itemsForTyped(manager: LockManager, typed: ScopePart): Promise<readonly ScopeItem[]> {
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
  const told = sentences.map((sentence): ScopeItem => ({
    label: `$(info) ${sentence}`,
    alwaysShow: true,
    onEnter: { kind: 'scope', scope },
  }));
  const blockers = preview.blockers.map((lock): ScopeItem => ({
    label: `$(lock) ${holderOf(lock)}`,
    description: describeLock(lock, root.path),
    alwaysShow: true,
    onEnter: { kind: 'lock', lock },
  }));
  const files = preview.files.slice(0, mostShown).map((file): ScopeItem => ({
    label: `$(file) ${describeEntry({ kind: 'path', path: file }, root.path)}`,
    alwaysShow: true,
    onEnter: { kind: 'narrow', file },
  }));
  return [
    {
      ...scopeItem(manager, vscode.l10n.t('Lock {0}', describeScope(scope, root.path)), preview),
      description: '', // it is what has just been typed
      alwaysShow: true,
    },
    ...told,
    ...(blockers.length > 0 ? [separator(vscode.l10n.t('in the way')), ...blockers] : []),
    // One file that is the scope itself has been said.
    ...(files.length > 1 || isGlob(scope) ? [separator(filesLabel(preview)), ...files] : []),
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
    detail: [...(scope.some(({ kind }) => kind !== 'name') ? [filesLabel(preview)] : []), inTheWay, ...obeyed].join(
      ' · ',
    ),
    onEnter: { kind: 'scope', scope },
  };
}

function isGlob(scope: Scope): boolean {
  return scope.some(({ kind }) => kind === 'glob');
}

function filesLabel({ files, complete }: ScopePreview): string {
  if (!complete && files.length < mostCounted)
    return vscode.l10n.t('{0} files among the first {1} entries', files.length, mostLookedAt);
  if (!complete) return vscode.l10n.t('more than {0} files', files.length);
  if (files.length === 0) return vscode.l10n.t('no file there yet');
  return files.length === 1 ? vscode.l10n.t('1 file now') : vscode.l10n.t('{0} files now', files.length);
}
