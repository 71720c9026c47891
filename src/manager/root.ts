/** Which directory's locks we mean: one rule for extension, command line and agent server (DESIGN 2, Root). */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { LockError, messageOf } from '../core/errors.ts';
import { canonicalPath } from '../os/paths.ts';

const rootVariable = 'WLOCK_ROOT';

const markers = ['.wlock.json', '.ll', '.loops', '.agent_locks', '.git'] as const;

export interface Root {
  readonly path: string;
  /** Nothing says that this is a workspace: it is only where somebody stands. */
  readonly isGuess?: true;
  /** Why this one, in words that finish the sentence "Root: /x, because …". */
  readonly because: string;
}

export interface RootRequest {
  /** What the user named with `--root`. */
  readonly explicit?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export function findRoot(request: RootRequest): Root {
  if (request.explicit !== undefined) return named(request.explicit, request.cwd, '--root names it');
  const fromEnvironment = request.environment[rootVariable];
  if (fromEnvironment !== undefined && fromEnvironment !== '') {
    return named(fromEnvironment, request.cwd, `${rootVariable} names it`);
  }
  const start = canonicalPath(request.cwd, '/');
  for (let folder = start; ; folder = path.dirname(folder)) {
    const marker = markers.find((name) => fs.existsSync(path.join(folder, name)));
    if (marker !== undefined) return { path: folder, because: `it is the nearest folder with ${marker}` };
    if (folder === path.dirname(folder)) break;
  }
  return { path: start, isGuess: true, because: `no folder above it has any of ${markers.join(', ')}` };
}

function named(text: string, cwd: string, because: string): Root {
  const folder = canonicalPath(text, cwd);
  const problem = problemWith(folder);
  if (problem === undefined) return { path: folder, because };
  throw new LockError('root-not-found', `The root ${folder} ${problem}.`, 'Name an existing directory.');
}

function problemWith(folder: string): string | undefined {
  try {
    const stats = fs.statSync(folder, { throwIfNoEntry: false });
    return stats === undefined ? 'does not exist' : stats.isDirectory() ? undefined : 'is not a directory';
  } catch (error) {
    return `may not be looked at (${messageOf(error)})`;
  }
}
