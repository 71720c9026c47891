/** Where claude-swarm keeps its locks, seen from our root (PROTOCOLS 2.1). We never create the directory: that makes a root. */
import * as path from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import type { Scope } from '../../core/scope/entry.ts';
import { isAtOrBelow } from '../../core/scope/pathTree.ts';
import { sys, type Steps } from '../../os/os.ts';
import { isDirectory } from '../directories.ts';
import { timeoutOf, type Timeout } from './timeout.ts';

export interface Place extends Timeout {
  /** What its paths count from. */
  readonly root: string;
  /** `<root>/.agent_locks`. */
  readonly directory: string;
  /** A package's own, which agents that were started in our root do not see. */
  readonly isNested: boolean;
}

const directoryName = '.agent_locks';

const markers = [
  '.git',
  '.claudeswarm.yaml',
  'ACTIVE_AGENTS.json',
  directoryName,
  'pyproject.toml',
  'package.json',
] as const;

const mostLevels = 10;

/** How deep below our root packages are looked for that are roots of their own, and among how many folders. */
const nestedDepth = 3;
const mostFolders = 2_000;

/** Packages with directories of their own do not come by the minute, and are looked for in many folders. */
const nestedAgeMs = 5_000;

/** The places of one workspace. */
export class Places {
  readonly #root: string;
  readonly #explicitRoot: string | undefined;
  #nested: { readonly at: number; readonly roots: readonly string[] } | undefined;
  /** Found above what somebody asked for, deeper than we search. */
  readonly #deep = new Set<string>();
  #known: readonly Place[] = [];

  /** @param explicitRoot `CLAUDESWARM_ROOT`, canonical */
  constructor(root: string, explicitRoot: string | undefined) {
    this.#root = root;
    this.#explicitRoot = explicitRoot;
  }

  /** As they were found last. */
  get known(): readonly Place[] {
    return this.#known;
  }

  /**
   * All places whose directory exists: the one that an agent started in our root uses, and those of packages below it,
   * where an agent started there keeps its own.
   * @param scope what is about to be taken: above its paths packages are found however deep they lie
   */
  *find(scope: Scope = []): Steps<readonly Place[]> {
    const now = yield* sys('monotonic');
    if (!this.#nested || now - this.#nested.at > nestedAgeMs) {
      this.#nested = { at: now, roots: yield* nestedRoots(this.#root) };
    }
    for (const root of yield* rootsAbove(scope, this.#root)) this.#deep.add(root);
    const own = this.#explicitRoot ?? (yield* nearestRoot(this.#root));
    const places: Place[] = [];
    const seen = new Set<string>();
    for (const root of new Set([own, ...this.#nested.roots, ...this.#deep])) {
      const directory = path.join(root, directoryName);
      if (!(yield* isDirectory(directory))) continue;
      // Two roots may share one by a link; what lies there is the lock of the nearer one, and listed once.
      const real = (yield* sys('realpath', directory)) ?? directory;
      if (seen.has(real)) continue;
      seen.add(real);
      places.push({ root, directory, isNested: root !== own, ...(yield* timeoutOf(root)) });
    }
    this.#known = places;
    return places;
  }
}

function* nearestRoot(from: string): Steps<string> {
  let folder = from;
  for (let level = 0; level < mostLevels; level++) {
    for (const marker of markers) if (yield* sys('lstat', path.join(folder, marker))) return folder;
    if (folder === path.dirname(folder)) break;
    folder = path.dirname(folder);
  }
  return from;
}

/** Directories from the scope's paths up to our root that have a lock directory of their own. */
function* rootsAbove(scope: Scope, root: string): Steps<ReadonlySet<string>> {
  const [found, seen] = [new Set<string>(), new Set<string>()];
  for (const entry of scope) {
    if (entry.kind === 'name') continue;
    let folder = entry.kind === 'path' ? entry.path : entry.base;
    for (; folder !== root && isAtOrBelow(root, folder) && !seen.has(folder); folder = path.dirname(folder)) {
      seen.add(folder);
      if (yield* isDirectory(path.join(folder, directoryName))) found.add(folder);
    }
  }
  return found;
}

function* nestedRoots(root: string): Steps<readonly string[]> {
  const found: string[] = [];
  let level = [root];
  let left = mostFolders;
  for (let depth = 0; depth <= nestedDepth && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      if (left-- <= 0) return found;
      for (const { name, isDirectory } of yield* entriesOf(folder)) {
        if (!isDirectory) continue;
        if (name === directoryName) found.push(folder);
        else if (!name.startsWith('.') && name !== 'node_modules') next.push(path.join(folder, name));
      }
    }
    level = next;
  }
  return found;
}

/** Nothing where it may not be read: who cannot look there finds no locks there either. */
function* entriesOf(folder: string): Steps<readonly { readonly name: string; readonly isDirectory: boolean }[]> {
  try {
    return (yield* sys('readdir', folder)) ?? [];
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return [];
  }
}
