import * as vscode from 'vscode';
import { escapeForDisplay } from '../../core/display.ts';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import { formatAge, verdictSentence } from '../../core/sentences.ts';
import type { PlacedLock } from '../lockedFolders.ts';
import { requireLocks, type CommandContext } from './commandContext.ts';

/** Deletes a lock that is not proven stale, after a modal question that names exactly that lock. */
export async function forceRelease(context: CommandContext, node: unknown, selection: unknown): Promise<void> {
  for (const placed of requireLocks(context, node, selection)) {
    if (await confirm(context, placed)) await forceOne(context, placed);
  }
}

function confirm(context: CommandContext, { lock, manager }: PlacedLock): Promise<boolean> {
  const name = escapeForDisplay(lock.holder.name, 60);
  const scope = lock.scope.map((entry) => describeEntry(entry, manager.root.path)).join(', ') || '(nothing)';
  return context.dialogs().confirm({
    message: vscode.l10n.t('Force-release the lock of {0} on {1}?', name, scope),
    detail: [
      verdictSentence(lock),
      vscode.l10n.t('Held for {0}. Id {1}.', formatAge(lock, Date.now()), escapeForDisplay(lock.id, 120)),
      lock.token === undefined
        ? vscode.l10n.t(
            'If its holder is still writing, two writers will be at work on the same files, and it is not told.',
          )
        : vscode.l10n.t(
            'If its holder is still writing, two writers will be at work on the same files until it is told.',
          ),
    ].join('\n\n'),
    action: vscode.l10n.t('Force Release'),
  });
}

async function forceOne(context: CommandContext, { lock, manager }: PlacedLock): Promise<void> {
  const outcome = await manager.forceRelease(lock);
  await manager.refresh();
  switch (outcome.kind) {
    case 'released':
      context.log.warn(`Force-released ${lock.id} of ${lock.holder.name}`);
      return;
    case 'changed':
      await context
        .dialogs()
        .warn(vscode.l10n.t('That lock has meanwhile become another one; nothing was changed.'), []);
      return;
    case 'gone': // what was wanted
  }
}
