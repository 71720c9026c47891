/**
 * Which locks a command of the palette means. A row that was selected in the tree some time ago counts only while no file
 * is being edited: it must never be taken for the file in front of the person.
 */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { escapeForDisplay } from '../../core/display.ts';
import { LockError } from '../../core/errors.ts';
import { describeLock, formatAge, nameOf } from '../../core/sentences.ts';
import { activeFile } from '../fileOf.ts';
import { keyOf, type PlacedLock } from '../lockedFolders.ts';
import { selectedLocks, type CommandContext } from './commandContext.ts';

export interface Choice {
  /** Undefined where the person thinks better of it. */
  readonly locks: readonly PlacedLock[] | undefined;
  /** Where it was made. In the Explorer and in an editor each file was pointed at by itself. */
  readonly by: 'file' | 'row' | 'list';
}

/** What a command can be for, and what is said where the file in the active editor has none. */
export interface Wanted {
  readonly isMeant: (placed: PlacedLock) => boolean;
  readonly noneOn: (file: string) => string;
  readonly hint: string;
}

/** All that was chosen, where it was chosen by a row or a file; from the palette, only what is meant. */
export async function chooseLocks(
  context: CommandContext,
  clicked: unknown,
  selection: unknown,
  wanted: Wanted,
): Promise<Choice> {
  const uris = (Array.isArray(selection) ? selection : [clicked]).filter((item) => item instanceof vscode.Uri);
  if (uris.length > 0) return { locks: once(uris.flatMap((uri) => context.folders.covering(uri.fsPath))), by: 'file' };
  if (clicked !== undefined) return { locks: selectedLocks(context, clicked, selection), by: 'row' };
  const file = activeFile();
  if (file === undefined) {
    const selected = selectedLocks(context, clicked, selection);
    if (selected.some(wanted.isMeant)) return { locks: selected, by: 'row' };
  } else {
    const here = context.folders.covering(file).filter(wanted.isMeant);
    if (here.length > 0) return { locks: here, by: 'file' };
  }
  return { locks: await pickLock(context, file, wanted), by: 'list' };
}

async function pickLock(
  { dialogs, folders }: CommandContext,
  file: string | undefined,
  { isMeant, noneOn, hint }: Wanted,
): Promise<readonly PlacedLock[] | undefined> {
  const items = folders.picture.locks.filter(isMeant).map((placed) => ({
    label: describeLock(placed.lock, placed.manager.root.path),
    description: `${nameOf(placed.lock)} · ${formatAge(placed.lock, Date.now())}`,
    placed,
  }));
  const none = noneOn(
    file === undefined ? vscode.l10n.t('the active file') : escapeForDisplay(path.basename(file), 60),
  );
  if (items.length === 0) throw new LockError('not-yours', none, hint);
  const picked = await dialogs().pickOne(items, vscode.l10n.t('{0} Which one do you mean?', none));
  return picked && [picked.placed];
}

function once(locks: readonly PlacedLock[]): readonly PlacedLock[] {
  return [...new Map(locks.map((placed) => [keyOf(placed), placed])).values()];
}
