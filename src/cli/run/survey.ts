import * as fs from 'node:fs';
import * as path from 'node:path';
import { LockError } from '../../core/errors.ts';

export interface Survey {
  /** Directories and files that stay as they are, although they lie in the scope. */
  readonly sheltered: readonly string[];
  /** Files of the scope that have another name outside of it: a hard link. */
  readonly shared: readonly string[];
}

/**
 * Names that make whoever trusts them run or believe something: git runs `.git/hooks`, claude-swarm's agents obey
 * `.agent_locks`, and we read from the others where the locks of this workspace are.
 */
const shelteredNames = new Set(['.git', '.agent_locks', '.loops', '.ll', '.wlock.json']);

/**
 * Looks through everything in `roots` but what is in `allowed` by itself. Somebody may link a file between this look and
 * the start: he writes in a scope that is locked, which no holder of ours does; and afterwards the command itself cannot,
 * because link(2) does not cross a mount.
 */
export function surveyOf(roots: readonly string[], allowed: ReadonlySet<string>, lockDirectory: string): Survey {
  const sheltered: string[] = [];
  const linked = new Map<string, { readonly file: string; readonly names: number; seen: number }>();

  const lookAt = (file: string, stat: fs.BigIntStats): void => {
    if (stat.nlink < 2n) return;
    const inode = `${stat.dev}:${stat.ino}`;
    const known = linked.get(inode);
    if (known) known.seen++;
    else linked.set(inode, { file, names: Number(stat.nlink), seen: 1 });
  };
  const lookInto = (directory: string): void => {
    for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
      const file = path.join(directory, entry.name);
      if (allowed.has(file)) continue; // on its own terms, or a root of its own
      if (file === lockDirectory) continue;
      if (shelteredNames.has(entry.name)) sheltered.push(...shelteredBy(file, entry, allowed));
      else if (entry.isDirectory()) lookInto(file);
      else if (entry.isFile()) {
        const stat = fs.lstatSync(file, { bigint: true, throwIfNoEntry: false });
        if (stat) lookAt(file, stat); // else it has gone since the listing
      }
    }
  };
  for (const root of new Set(roots)) {
    const stat = fs.lstatSync(root, { bigint: true });
    if (stat.isDirectory()) lookInto(root);
    else if (stat.isFile()) lookAt(root, stat);
  }
  return { sheltered, shared: [...linked.values()].filter(({ names, seen }) => seen < names).map(({ file }) => file) };
}

const longestPointer = 4_096;

/** A `.git` may be a file that names the directory. A link cannot be mounted over, so it could be replaced. */
function shelteredBy(file: string, entry: fs.Dirent, allowed: ReadonlySet<string>): readonly string[] {
  if (entry.isSymbolicLink()) {
    const real = fs.existsSync(file) ? fs.realpathSync.native(file) : file;
    if (allowed.has(real)) return [];
    throw new LockError(
      'confine-refused',
      `${JSON.stringify(file)} is a symbolic link, which cannot be kept from being replaced.`,
      'Hold a folder without it, or allow it: --writable with this path.',
    );
  }
  if (entry.name !== '.git' || !entry.isFile()) return [file];
  const pointer = /^gitdir: (.+)$/m.exec(fs.readFileSync(file, 'utf8').slice(0, longestPointer))?.[1];
  const directory = pointer === undefined ? undefined : path.resolve(path.dirname(file), pointer);
  return directory !== undefined && fs.existsSync(directory) ? [file, directory] : [file];
}
