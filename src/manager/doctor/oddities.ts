/** What is strange about a lock, whatever its verdict. */
import { blocks, type Lock } from '../../core/lock.ts';
import { formatDuration, formatExpiry } from '../../core/sentences.ts';
import type { LockManager } from '../lockManager.ts';
import { shownPath, type Finding } from './finding.ts';

/** Clocks of one machine agree; those of containers and remote windows may be a little apart. */
const clockToleranceMs = 5_000;

export async function oddityFindings(manager: LockManager): Promise<readonly Finding[]> {
  const { locks } = await manager.refresh();
  const now = manager.os.now();
  return locks.flatMap((lock) => [
    ...enforcementFindings(lock),
    ...clockFindings(lock, now),
    ...expiryFindings(lock, now),
  ]);
}

function enforcementFindings(lock: Lock): readonly Finding[] {
  if (lock.enforced) return [];
  return [
    {
      level: 'note',
      topic: 'unseen lock',
      text: `${shownPath(lock.file)} lies in a sub-directory, where little-loops never looks: only wlock respects it`,
      hint: 'Loops whose names have a slash make such locks; without the slash they are seen.',
    },
  ];
}

function clockFindings(lock: Lock, now: number): readonly Finding[] {
  const aheadMs = (lock.acquiredAt ?? now) - now;
  if (aheadMs <= clockToleranceMs) return [];
  return [
    {
      level: 'note',
      topic: 'clock',
      text: `${shownPath(lock.file)} was taken ${formatDuration(aheadMs)} in the future`,
      hint: 'Somebody’s clock is wrong, or was set back. Verdicts do not depend on it; ages do.',
    },
  ];
}

/** Only the holder ends its lock at its time, so one beyond it has a holder that does not run. */
function expiryFindings(lock: Lock, now: number): readonly Finding[] {
  if (!blocks(lock) || lock.expiresAt === undefined || lock.expiresAt + clockToleranceMs > now) return [];
  const holder = lock.holder.pid === undefined ? 'its holder' : `its holder, process ${lock.holder.pid},`;
  return [
    {
      level: 'note',
      topic: 'overdue lock',
      text: `${shownPath(lock.file)} ${formatExpiry(lock, now) ?? ''}, but ${holder} has not given it back`,
      hint: 'It may be stopped: resume it, or end it.',
    },
  ];
}
