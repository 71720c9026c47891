import { text as readAll } from 'node:stream/consumers';
import { escapeForDisplay } from '../../core/display.ts';
import { messageOf } from '../../core/errors.ts';
import type { Lock, LockId } from '../../core/lock.ts';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import { pathEntry } from '../../core/scope/entry.ts';
import { lockJson } from '../../manager/lockJson.ts';
import { openLocks, type LockManager } from '../../manager/lockManager.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { locksText } from '../lockText.ts';
import { pushedPaths, stagedPaths } from './changedPaths.ts';
import { enclosingRoots } from './enclosingRoots.ts';

/** People look at the first ones; the rest are in `--json`. */
const mostShown = 20;
const longestLine = 2_000;

/** Whether somebody else has locked what a commit, or with `push` (a remote's name) a push, would change. */
export async function checkChanges(
  { manager, streams, json, cwd }: Context,
  push: string | undefined,
): Promise<ExitCode> {
  const paths =
    push === undefined ? await stagedPaths(cwd) : await pushedPaths(await readAll(process.stdin), push, cwd);
  const { blockers, problems } = await blockersIn(manager, paths);
  const locked = [...blockers].map(([file, locks]) => ({ entry: pathEntry(file), locks: [...locks.values()] }));
  if (json) {
    const files = locked.map(({ entry, locks }) => ({ scope: entry, locks: locks.map(lockJson) }));
    printJson(streams, { root: manager.root.path, locked: locked.length > 0, checked: paths.length, files });
  } else if (locked.length > 0) {
    const names = locked.slice(0, mostShown).map(({ entry }) => `  ${describeEntry(entry, manager.root.path)}\n`);
    const more = locked.length > mostShown ? `  and ${locked.length - mostShown} more\n` : '';
    const locks = [...new Map(locked.flatMap((each) => each.locks).map((lock) => [lock.id, lock])).values()];
    streams.err(
      `wlock guard: ${locked.length} of ${paths.length} changed files are locked by somebody else:\n${names.join('')}${more}` +
        locksText(locks, manager.root.path, manager.os.now()) +
        `Wait until they are free (wlock wait), leave these files out, or skip the check: git ${push === undefined ? 'commit' : 'push'} --no-verify\n`,
    );
  }
  for (const problem of problems) streams.err(`wlock guard: ${escapeForDisplay(problem, longestLine)}\n`);
  return locked.length > 0 ? exitCode.conflict : exitCode.done;
}

interface Found {
  /** The locks of others on each file that has any, by their ids: two workspaces may see one lock. */
  readonly blockers: ReadonlyMap<string, ReadonlyMap<LockId, Lock>>;
  /** What could not be read. */
  readonly problems: readonly string[];
}

/** Asks this workspace, and those around it. */
async function blockersIn(manager: LockManager, files: readonly string[]): Promise<Found> {
  const blockers = new Map<string, Map<LockId, Lock>>();
  const problems: string[] = [];
  const ask = async (asked: LockManager): Promise<void> => {
    await asked.refresh();
    asked.assertClusterIsRead();
    for (const file of files) {
      // Not read as people's paths are: of a link that changes it would give the target.
      const locks = (await asked.blockersOf([pathEntry(file)])).filter(({ mine }) => !mine);
      if (locks.length === 0) continue;
      const known = blockers.get(file) ?? new Map<LockId, Lock>();
      for (const lock of locks) known.set(lock.id, lock);
      blockers.set(file, known);
    }
    if (asked.problem) problems.push(asked.problem.message);
  };
  await ask(manager);
  for (const root of enclosingRoots(manager.root.path)) {
    try {
      await using outer = await openLocks({ root, session: manager.session });
      await ask(outer);
    } catch (error) {
      problems.push(`the workspace ${root} was not asked: ${messageOf(error)}`);
    }
  }
  return { blockers, problems };
}
