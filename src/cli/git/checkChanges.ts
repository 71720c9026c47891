import * as path from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import type { Lock } from '../../core/lock.ts';
import { describeEntry } from '../../core/scope/describeEntry.ts';
import type { ScopeEntry } from '../../core/scope/entry.ts';
import { lockJson } from '../../manager/lockJson.ts';
import { exitCode, printJson, type Context, type ExitCode } from '../context.ts';
import { locksText } from '../lockText.ts';
import { pushedPaths, stagedPaths } from './changedPaths.ts';

/** People look at the first ones; the rest are in `--json`. */
const mostShown = 20;

/** Whether somebody else has locked what a commit, or with `push` (a remote's name) a push, would change. */
export async function checkChanges(
  { manager, streams, json, cwd }: Context,
  push: string | undefined,
): Promise<ExitCode> {
  const paths =
    push === undefined ? await stagedPaths(cwd) : await pushedPaths(await readAll(process.stdin), push, cwd);
  await manager.refresh();
  // A file outside of our root has no lock that we know of.
  const inside = paths.filter((file) => isBelow(file, manager.root.path));
  const locked: { readonly entry: ScopeEntry; readonly locks: readonly Lock[] }[] = [];
  for (const file of inside) {
    const scope = manager.readScope([{ as: 'path', text: file }]);
    const locks = (await manager.blockersOf(scope)).filter(({ mine }) => !mine);
    const [entry] = scope;
    if (entry && locks.length > 0) locked.push({ entry, locks });
  }
  if (json) {
    const files = locked.map(({ entry, locks }) => ({ scope: entry, locks: locks.map(lockJson) }));
    printJson(streams, { root: manager.root.path, locked: locked.length > 0, checked: paths.length, files });
  } else if (locked.length > 0) {
    const names = locked.slice(0, mostShown).map(({ entry }) => `  ${describeEntry(entry, manager.root.path)}\n`);
    const more = locked.length > mostShown ? `  and ${locked.length - mostShown} more\n` : '';
    const locks = [...new Set(locked.flatMap((each) => each.locks))];
    streams.err(
      `wlock guard: ${locked.length} of ${paths.length} changed files are locked by somebody else:\n${names.join('')}${more}` +
        locksText(locks, manager.root.path, manager.os.now()) +
        `Wait until they are free (wlock wait), leave these files out, or skip the check: git ${push === undefined ? 'commit' : 'push'} --no-verify\n`,
    );
  }
  if (manager.problem) streams.err(`wlock guard: ${manager.problem.message}\n`);
  return locked.length > 0 ? exitCode.conflict : exitCode.done;
}

function isBelow(file: string, root: string): boolean {
  const relative = path.relative(root, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}
