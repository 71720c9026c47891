/** Wake-ups when files change. Never a source of truth: whoever is woken reads again (EXTENSION 2, Watching). */
import * as fs from 'node:fs';
import * as path from 'node:path';

export interface Watch {
  dispose(): void;
}

/**
 * Calls `onChange` after something in `directory` changed, and when the directory itself is made, deleted or made
 * again. Watches the nearest existing ancestor until there is a directory. `rearm` must be called now and then
 * (each few seconds): fs.watch goes silent without an error when its directory is replaced.
 */
export class DirectoryWatch implements Watch {
  readonly #directory: string;
  readonly #onChange: (name?: string) => void;
  #watcher: fs.FSWatcher | undefined;
  #watched = '';
  #inode = -1;
  #disposed = false;

  /** @param onChange told the name in the directory, where it is known that no more than that has changed */
  constructor(directory: string, onChange: (name?: string) => void) {
    this.#directory = directory;
    this.#onChange = onChange;
    this.rearm();
  }

  /** One stat where nothing has changed. */
  rearm(): void {
    if (this.#disposed) return;
    const target = nearestExisting(this.#directory);
    if (target.path === this.#watched && target.inode === this.#inode && this.#watcher) return;
    const first = this.#watched === '';
    this.#watcher?.close();
    this.#watched = target.path;
    this.#inode = target.inode;
    try {
      this.#watcher = fs.watch(target.path, { persistent: false }, (_, name) => {
        const isItself = name === null || name === path.basename(this.#watched);
        const isAbove = this.#watched !== this.#directory;
        // A new directory below an ancestor that we watch for it, or the watched one deleted: look where to watch now.
        if (isAbove || (isItself && !fs.existsSync(this.#watched))) this.rearm();
        this.#onChange(isAbove || isItself ? undefined : name);
      });
      this.#watcher.on('error', () => this.#forget());
    } catch {
      // Gone since the look above, or out of inotify watches: the caller's periodic rearm tries again.
      this.#watcher = undefined;
    }
    if (!first) this.#onChange();
  }

  #forget(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  dispose(): void {
    this.#disposed = true;
    this.#forget();
  }
}

function nearestExisting(directory: string): { path: string; inode: number } {
  for (let folder = directory; ; folder = path.dirname(folder)) {
    const stats = statIfAny(folder);
    if (stats?.isDirectory()) return { path: folder, inode: stats.ino };
    if (folder === path.dirname(folder)) return { path: folder, inode: -1 };
  }
}

/** Undefined also where one may not look, or where links lead in a circle. */
function statIfAny(folder: string): fs.Stats | undefined {
  try {
    return fs.statSync(folder, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
