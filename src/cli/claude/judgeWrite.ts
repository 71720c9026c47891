import * as path from 'node:path';
import { LockError, messageOf } from '../../core/errors.ts';
import type { Lock } from '../../core/lock.ts';
import { isAtOrBelow } from '../../core/scope/pathTree.ts';
import type { LockManager } from '../../manager/lockManager.ts';
import { findRoot } from '../../manager/root.ts';
import { enclosingRoots } from '../git/enclosingRoots.ts';
import type { HookAnswer, HookOptions } from './answerClaudeCode.ts';
import type { HookEvent } from './event.ts';
import { lockForSession } from './lockForSession.ts';
import { locksOfOthers } from './othersLocks.ts';
import { denial } from './words.ts';
import { withLocks } from './workspace.ts';
import { writtenPlaces } from './writtenPlaces.ts';

type Write = Extract<HookEvent, { readonly kind: 'write' }>;

/**
 * Asks the workspace in which the file itself lies, wherever a link to it does, and before it those around it and those where
 * the agent works: a lock in any of them counts.
 */
export async function judgeWrite({ session, cwd, ...write }: Write, options: HookOptions): Promise<HookAnswer> {
  const { file, danglingLinks } = writtenPlaces(write.file);
  const places = [file, ...danglingLinks];
  const folder = path.dirname(file);
  const explicit = options.root === undefined ? {} : { root: options.root };
  const problems: string[] = [];
  for (const root of rootsBeside(folder, [...danglingLinks.map((link) => path.dirname(link)), cwd], options)) {
    try {
      const { denied, problem } = await withLocks({ folder: root, root, session }, (manager) =>
        judge(places, manager, options),
      );
      if (denied !== undefined) return { kind: 'deny', reason: denied };
      if (problem !== undefined) problems.push(problem);
    } catch (error) {
      problems.push(`the workspace ${root} was not asked: ${messageOf(error)}`);
    }
  }
  const answer = await withLocks({ folder, ...explicit, session }, async (manager): Promise<HookAnswer> => {
    const { denied, problem, isOwn } = await judge(places, manager, options);
    if (denied !== undefined) return { kind: 'deny', reason: denied };
    if (problem !== undefined) return { kind: 'pass', problem };
    // Where nothing says that there is a workspace, nobody would look for our lock either.
    const isToLock = options.acquire && !isOwn && !manager.root.isGuess && isAtOrBelow(manager.root.path, file);
    return isToLock ? await lock(file, session, manager, options.pid) : { kind: 'pass' };
  });
  const [problem] = problems;
  return answer.kind === 'pass' && problem !== undefined ? { problem, ...answer } : answer;
}

/** All that are to be asked besides the one in which the folder lies. */
function rootsBeside(folder: string, others: readonly string[], { root }: HookOptions): readonly string[] {
  const explicit = root === undefined ? {} : { explicit: root };
  const project = process.env['CLAUDE_PROJECT_DIR'];
  const rootOf = (cwd: string): ReturnType<typeof findRoot> => findRoot({ ...explicit, environment: process.env, cwd });
  const nearest = rootOf(folder);
  const found = [...others, ...(project === undefined || project === '' ? [] : [project])]
    .map(rootOf)
    .filter(({ isGuess }) => !isGuess);
  const all = new Set([nearest, ...found].flatMap(({ path: each }) => [each, ...enclosingRoots(each)]));
  all.delete(nearest.path);
  return [...all];
}

interface Judgement {
  /** What the model reads. */
  readonly denied?: string;
  /** What could not be read. */
  readonly problem?: string;
  /** The session has locked the first place itself. */
  readonly isOwn: boolean;
}

/** What other machines have locked is not known, so an edit is refused as an acquire would be. */
function clusterProblem(manager: LockManager): string | undefined {
  try {
    manager.assertClusterIsRead();
    return undefined;
  } catch (error) {
    if (error instanceof LockError) return `${error.message} ${error.hint}`;
    throw error;
  }
}

async function judge(
  places: readonly string[],
  manager: LockManager,
  { pid }: Pick<HookOptions, 'pid'>,
): Promise<Judgement> {
  const unread = clusterProblem(manager);
  if (unread !== undefined) return { denied: unread, isOwn: false };
  let own: readonly Lock[] | undefined;
  for (const place of places) {
    // A lock may reach out of its root, where somebody wanted that.
    const scope = manager.readScope([{ as: 'path', text: place }], { allowOutsideRoot: true });
    const locks = await manager.blockersOf(scope);
    const others = await locksOfOthers(locks, manager, pid);
    if (others.length > 0) {
      return { denied: denial(place, { locks: others, waiters: [] }, manager), isOwn: false };
    }
    own ??= locks;
  }
  const isOwn = own?.some(({ mode }) => mode === 'exclusive') ?? false;
  return { isOwn, ...(manager.problem ? { problem: manager.problem.message } : {}) };
}

async function lock(
  file: string,
  session: string,
  manager: LockManager,
  agent: number | undefined,
): Promise<HookAnswer> {
  try {
    const conflict = await lockForSession(manager.readScope([{ as: 'path', text: file }]), session, manager, agent);
    return conflict ? { kind: 'deny', reason: denial(file, conflict, manager) } : { kind: 'pass' };
  } catch (error) {
    return { kind: 'pass', problem: `it is free, but could not be locked for this session: ${messageOf(error)}` };
  }
}
