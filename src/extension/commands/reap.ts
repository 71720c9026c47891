import * as vscode from 'vscode';
import { escapeForDisplay } from '../../core/display.ts';
import { whyNotReap } from '../../core/habits.ts';
import { describeLock, formatAge, verdictSentence } from '../../core/sentences.ts';
import type { PlacedLock } from '../lockedFolders.ts';
import { selectedLocks, type CommandContext } from './commandContext.ts';
import { forEachLock } from './severalLocks.ts';

interface Item extends vscode.QuickPickItem {
  readonly placed: PlacedLock;
}

/** Shows every stale lock with the evidence against it, and deletes the chosen ones, each proven stale once more. */
export async function reap(context: CommandContext, node: unknown, selection: unknown): Promise<void> {
  await context.folders.refresh();
  const among = node === undefined ? context.folders.picture.locks : selectedLocks(context, node, selection);
  const stale = among.filter(({ lock }) => lock.verdict === 'stale' && whyNotReap(lock) === undefined);
  if (stale.length === 0) {
    vscode.window.setStatusBarMessage(vscode.l10n.t('No stale locks.'), 5_000);
    return;
  }
  const picked = await context
    .dialogs()
    .pickMany(stale.map(itemOf), vscode.l10n.t('Stale locks to delete, and why each is stale'));
  const agreed = (picked ?? []).map(({ placed }) => placed);
  await forEachLock(context, agreed, (placed) => reapOne(context, placed));
  await context.folders.refresh();
}

function itemOf(placed: PlacedLock): Item {
  const { lock, manager } = placed;
  return {
    placed,
    label: escapeForDisplay(lock.holder.name, 60),
    description: `${describeLock(lock, manager.root.path)} · ${formatAge(lock, Date.now())}`,
    detail: verdictSentence(lock),
  };
}

async function reapOne(context: CommandContext, { lock, manager }: PlacedLock): Promise<string | undefined> {
  const outcome = await manager.reap(lock);
  switch (outcome.kind) {
    case 'reaped':
      context.log.info(`Reaped ${lock.id} of ${lock.holder.name}: ${verdictSentence(lock)}`);
      return undefined;
    case 'still-live':
      return vscode.l10n.t('The lock was kept. {0}', verdictSentence(outcome.lock));
    case 'gone': // somebody else was faster
      return undefined;
  }
}
