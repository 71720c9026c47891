/** The locks that a command could mean, read once, in a bounded time, changing nothing. */
import { setTimeout as delay } from 'node:timers/promises';
import { escapeForDisplay } from '../../core/display.ts';
import { whyNotForce, whyNotReap } from '../../core/habits.ts';
import { blocks, type Lock } from '../../core/lock.ts';
import { describeLock, formatAge, holderOf } from '../../core/sentences.ts';
import { openLocks } from '../../manager/lockManager.ts';
import type { Candidate } from './candidates.ts';

interface Asked {
  readonly before: readonly string[];
  readonly cwd: string;
}

/** Which locks a command can do something with; others than these take any. */
const isMeant: Readonly<Record<string, (lock: Lock) => boolean>> = {
  release: (lock) => lock.token !== undefined && blocks(lock),
  renew: (lock) => lock.expiresAt !== undefined && lock.token !== undefined && blocks(lock),
  'force-release': (lock) => whyNotForce(lock) === undefined,
  reap: (lock) => lock.verdict === 'stale' && whyNotReap(lock) === undefined,
  verify: (lock) => lock.token !== undefined,
};

/** Nobody reads more of them, and a shell takes its time with each. */
const mostCandidates = 500;
const longestDescription = 80;

export async function lockIdsFor(command: string, asked: Asked): Promise<readonly Candidate[]> {
  const { locks, root, now } = await locksFor(command, asked);
  return locks.slice(0, mostCandidates).map((lock) => {
    const says = `${holderOf(lock)}${lock.mine ? ' (mine)' : ''}: ${describeLock(lock, root)}, ${lock.verdict}, ${formatAge(lock, now)}`;
    return { value: lock.id, description: escapeForDisplay(says, longestDescription) };
  });
}

export async function holdersFor(command: string, asked: Asked): Promise<readonly Candidate[]> {
  const { locks } = await locksFor(command, asked);
  const counts = new Map<string, number>();
  for (const { holder } of locks) counts.set(holder.name, (counts.get(holder.name) ?? 0) + 1);
  return [...counts].slice(0, mostCandidates).map(([value, count]) => ({
    value,
    description: count === 1 ? '1 lock' : `${count} locks`,
  }));
}

interface Found {
  readonly locks: readonly Lock[];
  readonly root: string;
  /** Epoch ms. */
  readonly now: number;
}

const nothing: Found = { locks: [], root: '', now: 0 };

/** Whoever presses Tab waits for the answer. */
const longestReadMs = 1_500;

/** One's own first. Empty where there is no workspace, where it cannot be read, or not in time. */
async function locksFor(command: string, asked: Asked): Promise<Found> {
  const { locks, ...found } = await Promise.race([readLocks(asked), delay(longestReadMs, nothing, { ref: false })]);
  const meant = locks.filter(isMeant[command] ?? (() => true));
  return { ...found, locks: [...meant.filter(({ mine }) => mine), ...meant.filter(({ mine }) => !mine)] };
}

async function readLocks({ before, cwd }: Asked): Promise<Found> {
  try {
    const root = rootIn(before);
    const manager = await openLocks({ cwd, ...(root === undefined ? {} : { root }) });
    const { locks } = await manager.refresh();
    const found = { locks, root: manager.root.path, now: manager.os.now() };
    await manager.close();
    return found;
  } catch {
    return nothing; // between two presses of Tab is no place for a complaint
  }
}

/** The last `--root` that was typed, in either of its forms. */
function rootIn(before: readonly string[]): string | undefined {
  const at = before.findLastIndex((word) => word === '--root' || word.startsWith('--root='));
  const word = before[at];
  return word === '--root' ? before[at + 1] : word?.slice('--root='.length);
}
