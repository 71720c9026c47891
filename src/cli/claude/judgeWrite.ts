import * as path from 'node:path';
import { messageOf } from '../../core/errors.ts';
import { isAtOrBelow } from '../../core/scope/pathTree.ts';
import { canonicalPath } from '../../os/paths.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import type { HookAnswer, HookOptions } from './answerClaudeCode.ts';
import type { HookEvent } from './event.ts';
import { lockForSession } from './lockForSession.ts';
import { locksOfOthers } from './othersLocks.ts';
import { denial } from './words.ts';
import { withLocks } from './workspace.ts';

type Write = Extract<HookEvent, { readonly kind: 'write' }>;

/** Asks the workspace in which the file itself lies, wherever a link to it does. */
export async function judgeWrite({ session, ...write }: Write, options: HookOptions): Promise<HookAnswer> {
  const file = canonicalPath(write.file, '/');
  const workspace = {
    folder: path.dirname(file),
    session,
    ...(options.root === undefined ? {} : { root: options.root }),
  };
  return await withLocks(workspace, (manager) => judge(file, session, manager, options));
}

async function judge(
  file: string,
  session: string,
  manager: LockManager,
  { acquire, pid }: HookOptions,
): Promise<HookAnswer> {
  // A file outside of a root that somebody has named has no lock that we know of.
  if (!isAtOrBelow(manager.root.path, file)) return { kind: 'pass' };
  const scope = manager.readScope([{ as: 'path', text: file }]);
  const locks = await manager.blockersOf(scope);
  const others = await locksOfOthers(locks, manager, pid);
  if (others.length > 0) return { kind: 'deny', reason: denial(file, { locks: others, waiters: [] }, manager) };
  if (manager.problem) return { kind: 'pass', problem: manager.problem.message };
  const isOwn = locks.some(({ mode }) => mode === 'exclusive');
  // Where nothing says that there is a workspace, nobody would look for our lock either.
  if (!acquire || isOwn || manager.root.isGuess) return { kind: 'pass' };
  try {
    const conflict = await lockForSession(scope, session, manager, pid);
    return conflict ? { kind: 'deny', reason: denial(file, conflict, manager) } : { kind: 'pass' };
  } catch (error) {
    return { kind: 'pass', problem: `it is free, but could not be locked for this session: ${messageOf(error)}` };
  }
}
