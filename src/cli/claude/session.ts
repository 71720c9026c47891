/** The beginning and the end of a session of Claude Code. */
import * as fs from 'node:fs';
import { messageOf } from '../../core/errors.ts';
import { blocks } from '../../core/lock.ts';
import { sessionVariable } from '../../manager/lockManager.ts';
import { findRoot } from '../../manager/root.ts';
import type { HookAnswer, HookOptions } from './answerClaudeCode.ts';
import type { HookEvent } from './event.ts';
import { locksOfOthers } from './othersLocks.ts';
import { outlook } from './words.ts';
import { holderNameOf, hookTool, lockSessionOf, withLocks } from './workspace.ts';

type Start = Extract<HookEvent, { readonly kind: 'session-start' }>;
type End = Extract<HookEvent, { readonly kind: 'session-end' }>;

/** Tells the model who has locked what, and the shells that it starts that they belong to its session. */
export async function startSession({ session, cwd }: Start, { root, pid }: HookOptions): Promise<HookAnswer> {
  tellShells(session);
  return await withLocks({ folder: cwd, session, ...(root === undefined ? {} : { root }) }, async (manager) => {
    const locks = await locksOfOthers(manager.snapshot.locks.filter(blocks), manager, pid);
    const problem = manager.problem ? { problem: manager.problem.message } : {};
    return locks.length === 0
      ? { kind: 'pass', ...problem }
      : { kind: 'context', text: outlook(locks, manager), ...problem };
  });
}

/** Gives back what this hook has locked for it, where it worked; what it locked elsewhere ends with its process. */
export async function endSession({ session, cwd }: End, { root }: HookOptions): Promise<HookAnswer> {
  const project = process.env['CLAUDE_PROJECT_DIR'];
  const folders = [cwd, ...(project === undefined || project === '' ? [] : [project])];
  const explicit = root === undefined ? {} : { explicit: root };
  const roots = folders.map((each) => findRoot({ ...explicit, environment: process.env, cwd: each }).path);
  const problems: string[] = [];
  for (const each of new Set(roots)) {
    await withLocks({ folder: each, root: each, session }, async (manager) => {
      const taken = manager.snapshot.locks.filter(
        ({ mine, holder }) => mine && holder.tool === hookTool && holder.name === holderNameOf(session),
      );
      // The keepers see it at once, and end; each for itself, as one that fails says nothing of the next.
      for (const lock of taken) {
        await manager.forceRelease(lock, 'released').catch((error: unknown) => problems.push(messageOf(error)));
      }
    });
  }
  const [problem] = problems;
  return { kind: 'pass', ...(problem === undefined ? {} : { problem }) };
}

/** So that a commit which `wlock guard` checks is not refused for the session's own locks, and what it locks is its own. */
function tellShells(session: string): void {
  const file = process.env['CLAUDE_ENV_FILE'];
  const around = process.env[sessionVariable];
  if (file === undefined || file === '' || (around !== undefined && around !== '')) return;
  fs.appendFileSync(file, `export ${sessionVariable}='${lockSessionOf(session)}'\n`);
}
