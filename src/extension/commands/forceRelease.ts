import * as vscode from 'vscode';
import { escapeForDisplay } from '../../core/display.ts';
import { whyNotForce } from '../../core/habits.ts';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import { formatAge, verdictSentence } from '../../core/sentences.ts';
import type { PlacedLock } from '../lockedFolders.ts';
import { chooseLocks } from './chooseLocks.ts';
import type { CommandContext } from './commandContext.ts';
import { forEachLock, nameLocks, nameWithAge } from './severalLocks.ts';

/** Deletes locks that are not proven stale, after one modal question that names exactly those locks. */
export async function forceRelease(context: CommandContext, node: unknown, selection: unknown): Promise<void> {
  const { locks } = await chooseLocks(context, node, selection, {
    isMeant: ({ lock }) => !lock.mine && lock.verdict !== 'stale' && whyNotForce(lock) === undefined,
    noneOn: (file) => vscode.l10n.t('Nobody else holds a lock on {0}.', file),
    hint: vscode.l10n.t('The Locks view shows all locks.'),
  });
  const [first, ...others] = locks ?? [];
  if (!locks || !first) return;
  const agreed = others.length === 0 ? await confirmOne(context, first) : await confirmAll(context, locks);
  if (!agreed) return;
  await forEachLock(context, locks, (placed) => forceOne(context, placed));
  await context.folders.refresh();
}

function confirmOne(context: CommandContext, { lock, manager }: PlacedLock): Promise<boolean> {
  const name = escapeForDisplay(lock.holder.name, 60);
  const scope =
    lock.scope.map((entry) => describeEntry(entry, manager.root.path)).join(', ') || vscode.l10n.t('(nothing)');
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

function confirmAll(context: CommandContext, locks: readonly PlacedLock[]): Promise<boolean> {
  return context.dialogs().confirm({
    message: vscode.l10n.t('Force-release these {0} locks?', locks.length),
    detail: [
      nameLocks(locks, (placed) => `${nameWithAge(placed)}. ${verdictSentence(placed.lock)}`),
      vscode.l10n.t(
        'Where a holder is still writing, two writers will be at work on the same files; tools other than ours are not told.',
      ),
    ].join('\n\n'),
    action: vscode.l10n.t('Force Release'),
  });
}

async function forceOne(context: CommandContext, { lock, manager }: PlacedLock): Promise<string | undefined> {
  const outcome = await manager.forceRelease(lock);
  switch (outcome.kind) {
    case 'released':
      context.log.warn(`Force-released ${lock.id} of ${lock.holder.name}`);
      return undefined;
    case 'changed':
      return vscode.l10n.t('That lock has meanwhile become another one; nothing was changed.');
    case 'gone': // what was wanted
      return undefined;
  }
}
