/**
 * What one process has read of the records, so that its next look inside the gate reads only what is new (DEPENDENCIES 6).
 *
 * Records of ours never change and their names are never used twice, so one that was read need not be read again. Whether
 * names have come or gone the folders' times tell. Two changes may have one time, as a file system's clock moves in steps,
 * so a time counts only where something was written to the file system after we had looked, and got a later one: whatever
 * comes after that has a later time, too. A record that comes between the two does not come from anybody who takes part:
 * all publish inside the gate, and there we are. A deletion may come between; a lock that has gone is at most taken for one that
 * is there, and before anybody is refused the folders are listed.
 */
import * as path from 'node:path';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { sys, type Fd, type FileInfo, type Steps } from '../../os/os.ts';
import { FoundIndex, type Records } from './foundIndex.ts';
import type { StoreLayout } from './layout.ts';
import { listFolders, readFound, type Found, type ListedFolder } from './scan.ts';

/** Its name and its `.`; each folder in it adds its `..`. File systems that do not count so are not trusted. */
const linksOfItself = 2;

/** Below it, listing the folders costs less than looking at their times. */
const leastToRemember = 32;

export class KnownRecords {
  readonly #layout: StoreLayout;
  readonly #leastToRemember: number;
  readonly #records: FoundIndex;
  /** What others may write anew in place. */
  readonly #changeable = new Set<string>();
  /** Ours, published and not read since. */
  readonly #unread = new Set<string>();
  #folders: readonly ListedFolder[] = [];
  #temporary: readonly string[] = [];
  /** A time, in epoch ms of the file system, that no later change is before; undefined where the folders have to be listed. */
  #trustedFrom: number | undefined;

  /** @param least with fewer records, the folders are listed each time; `Infinity`: always */
  constructor(layout: StoreLayout, rule: CaseRule, least = leastToRemember) {
    this.#layout = layout;
    this.#leastToRemember = least;
    this.#records = new FoundIndex(layout.root, rule);
  }

  get records(): Records {
    return this.#records;
  }

  /** Temporary files of publications; inside the gate they are leftovers of processes that died. */
  get temporary(): readonly string[] {
    return this.#temporary;
  }

  /** Whether it is worth a look inside the gate that a change of ours is the only one. */
  get isTrusted(): boolean {
    return this.#trustedFrom !== undefined;
  }

  /** Inside the gate only. @returns whether the folders' times spoke for them, and they were not listed */
  *bringUpToDate(): Steps<boolean> {
    if (!(yield* this.isAsItWas())) {
      yield* this.list();
      return false;
    }
    for (const file of this.#unread) yield* this.#read(file, path.basename(file), false);
    for (const file of this.#changeable) {
      const known = this.#records.get(file);
      if (known && !(yield* isUnchanged(known))) yield* this.#read(file, known.name, known.nested);
    }
    return true;
  }

  /** Lists every folder, inside the gate or outside, and reads what is new or may have changed. */
  *list(): Steps<void> {
    this.#trustedFrom = undefined;
    const { folders, files, temporary } = yield* listFolders(this.#layout.running);
    const there = new Set<string>();
    for (const { file, name, nested } of files) {
      there.add(file);
      if (this.#changeable.has(file) || !this.#records.get(file)) yield* this.#read(file, name, nested);
    }
    for (const { path: file } of this.#records.all) if (!there.has(file)) this.deleted(file);
    this.#unread.clear();
    this.#folders = folders;
    this.#temporary = temporary;
  }

  /** Whether no folder has changed since we knew all that is in them. */
  *isAsItWas(): Steps<boolean> {
    const since = this.#trustedFrom;
    // A wall clock that was set back gives times again that it gave before; it is read in whole milliseconds.
    if (since === undefined || (yield* sys('now')) + 1 < since) return false;
    for (const { path: folder, info } of this.#folders) {
      const now = yield* sys('lstat', folder);
      if (!now || !isSame(now, info)) return false;
    }
    return true;
  }

  /** Published by us. */
  published(file: string): void {
    this.#unread.add(file);
  }

  /** Deleted, by us or by somebody else. */
  deleted(file: string): void {
    this.#records.delete(file);
    this.#changeable.delete(file);
    this.#unread.delete(file);
  }

  /**
   * After a change of ours, still in the gate hold in which the folders were known: so that they are known from now on, too. A
   * folder may have come among them meanwhile, because making one takes no gate; that they have as many as before shows in
   * their links.
   * @param clock a file of our own on the same file system, open for writing
   */
  *trust(clock: Fd): Steps<void> {
    this.#trustedFrom = undefined;
    if (this.#records.size < this.#leastToRemember) return;
    const noted: ListedFolder[] = [];
    for (const folder of this.#folders) {
      const info = yield* sys('lstat', folder.path);
      if (info?.links !== linksOfItself + folder.folders) return;
      noted.push({ ...folder, info });
    }
    this.#folders = noted;
    const now = yield* timeNow(clock);
    if (noted.every(({ info }) => changedAt(info) < now)) this.#trustedFrom = now;
  }

  *#read(file: string, name: string, nested: boolean): Steps<void> {
    this.#unread.delete(file);
    const found = yield* readFound(file, name, nested);
    if (!found) return this.deleted(file);
    this.#records.put(found);
    if (isChangeable(found)) this.#changeable.add(file);
    else this.#changeable.delete(file);
  }
}

/** Ours never change once they are there, but who knows what a later version of ours does. */
function isChangeable({ name, content }: Found): boolean {
  const isOurs = content.kind === 'record' && content.record.extra?.version === 1;
  return !isOurs || !path.basename(name).startsWith('wlock-');
}

/**
 * It was read in the gate hold of a change of ours or before, so that whoever has rewritten it since did it after the time
 * from which the folders are trusted.
 */
function* isUnchanged({ path: file, info }: Found): Steps<boolean> {
  const now = yield* sys('lstat', file);
  return now !== undefined && isSame(now, info);
}

function isSame(a: FileInfo, b: FileInfo): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}

/**
 * What the file system's clock shows, in epoch ms. Twice, because Linux since 6.13 makes a time finer than its clock's steps
 * only for a file that has the latest time already, and was looked at since.
 */
function* timeNow(clock: Fd): Steps<number> {
  yield* sys('write', clock, '.');
  yield* sys('fstat', clock);
  yield* sys('write', clock, '.');
  return (yield* sys('fstat', clock)).mtimeMs;
}

function changedAt({ mtimeMs, ctimeMs }: FileInfo): number {
  return Math.max(mtimeMs, ctimeMs);
}
