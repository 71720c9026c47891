/** One command on several locks: one question that names each, and one answer that tells what did not go. */
import * as vscode from 'vscode';
import { LockError, messageOf } from '../../core/errors.ts';
import { describeLock, formatAge, nameOf } from '../../core/sentences.ts';
import type { PlacedLock } from '../lockedFolders.ts';
import type { CommandContext } from './commandContext.ts';

/** A dialog shows no more lines than this without hiding its buttons. */
const mostNamed = 20;

/** `nightly-loop on src/api`. */
export function nameLock({ lock, manager }: PlacedLock): string {
  return vscode.l10n.t('{0} on {1}', nameOf(lock), describeLock(lock, manager.root.path));
}

/** Scopes that fit into a line. */
const mostInLine = 5;

/** `src/api, docs`. */
export function nameScopes(locks: readonly PlacedLock[]): string {
  const scopes = locks.slice(0, mostInLine).map(({ lock, manager }) => describeLock(lock, manager.root.path));
  const more = locks.length - scopes.length;
  return more > 0 ? vscode.l10n.t('{0} and {1} more', scopes.join(', '), more) : scopes.join(', ');
}

/** A line for each lock, and how many more there are. */
export function nameLocks(locks: readonly PlacedLock[], lineOf: (placed: PlacedLock) => string): string {
  const lines = locks.slice(0, mostNamed).map(lineOf);
  const more = locks.length - lines.length;
  return [...lines, ...(more > 0 ? [vscode.l10n.t('… and {0} more', more)] : [])].join('\n');
}

/** `nightly-loop on src/api · 3 min`. */
export function nameWithAge(placed: PlacedLock): string {
  return `${nameLock(placed)} · ${formatAge(placed.lock, Date.now())}`;
}

/**
 * Does it to each lock, one after the other; one that fails keeps none of the others from going.
 * @param act resolves to why a lock did not go, or undefined where it did
 */
export async function forEachLock(
  context: CommandContext,
  locks: readonly PlacedLock[],
  act: (placed: PlacedLock) => Promise<string | undefined>,
): Promise<void> {
  const left: { readonly placed: PlacedLock; readonly why: string }[] = [];
  for (const placed of locks) {
    const why = await act(placed).catch((error: unknown) => {
      context.log.error(`${placed.lock.id} failed`, error);
      return error instanceof LockError ? `${error.message} ${error.hint}` : messageOf(error);
    });
    if (why !== undefined) left.push({ placed, why });
  }
  await tellLeft(context, locks.length, left);
}

async function tellLeft(
  context: CommandContext,
  all: number,
  left: readonly { readonly placed: PlacedLock; readonly why: string }[],
): Promise<void> {
  const [first] = left;
  if (!first) return;
  const reasons = left.slice(0, mostNamed).map(({ placed, why }) => `${nameLock(placed)}: ${why}`);
  const message =
    all === 1
      ? reasons.join('')
      : vscode.l10n.t('{0} of {1} locks are as they were. {2}', left.length, all, reasons.join(' '));
  await context.dialogs().warn(message, []);
}
