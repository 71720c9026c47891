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
import { isRecordName, type StoreLayout } from './layout.ts';
import { listFolders, readFound, readListed, type Found, type ListedFolder } from './scan.ts';

/** Its name and its `.`; each folder in it adds its `..`. File systems that do not count so are not trusted. */
const linksOfItself = 2;

/** The clocks of file systems move in steps of up to two seconds (FAT). */
const settledMs = 2_500;

/** Below it, listing the folders costs less than looking at their times. */
const leastToRemember = 32;

export class KnownRecords {
  readonly #layout: StoreLayout;
  readonly #leastToRemember: number;
  readonly #records: FoundIndex;
  /** What others may write anew in place; and when it was read, in epoch ms. */
  readonly #changeable = new Map<string, number>();
  /** Ours, published and not read since. */
  readonly #unread = new Set<string>();
  readonly #changes: Changes | undefined;
  #listedAt = Number.NEGATIVE_INFINITY;
  #folders: readonly ListedFolder[] = [];
  #temporary: readonly string[] = [];
  /** A time, in epoch ms of the file system, that no later change is before; undefined where the folders have to be listed. */
  #trustedFrom: number | undefined;

  /**
   * @param options.least with fewer records, the folders are listed each time; `Infinity`: always
   * @param options.changes where what comes and goes is noted
   */
  constructor(
    layout: StoreLayout,
    rule: CaseRule,
    { least = leastToRemember, changes }: { readonly least?: number; readonly changes?: Changes } = {},
  ) {
    this.#layout = layout;
    this.#leastToRemember = least;
    this.#changes = changes;
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
    for (const file of this.#unread) yield* this.#read(file, () => readFound(file, path.basename(file), false));
    for (const file of this.#changeable.keys()) {
      const known = this.#records.get(file);
      if (known && !(yield* isUnchanged(known)))
        yield* this.#read(file, () => readFound(file, known.name, known.nested));
    }
    return true;
  }

  /** Lists every folder, and reads what is new or may have changed. */
  *list(): Steps<void> {
    yield* this.#list(function* () {
      return false;
    });
  }

  /**
   * Outside the gate, for whoever only looks. Nothing was written to learn the time of the file system, so what has not changed
   * for some seconds counts as old enough for its time to tell of the next change.
   */
  *look(): Steps<void> {
    if (yield* this.#hasLongBeen()) {
      for (const [file, readAt] of [...this.#changeable]) {
        const known = this.#records.get(file);
        if (known && !(yield* isStill(known, readAt)))
          yield* this.#read(file, () => readFound(file, known.name, known.nested));
      }
      return;
    }
    this.#listedAt = yield* sys('now');
    yield* this.#list(isStill);
  }

  /** The same where only these names in the running directory can have come, gone or changed. */
  *lookAt(names: ReadonlySet<string>): Steps<void> {
    for (const name of names) {
      if (!isRecordName(name)) continue;
      const file = path.join(this.#layout.running, name);
      yield* this.#read(file, () => readFound(file, name, false));
    }
  }

  *#hasLongBeen(): Steps<boolean> {
    if (this.#folders.length === 0) return false;
    for (const { path: folder, info } of this.#folders) {
      if (changedAt(info) + settledMs >= this.#listedAt) return false;
      const now = yield* sys('lstat', folder);
      if (!now || !isSame(now, info)) return false;
    }
    return true;
  }

  /** @param isKnown whether what others may write anew is as it was read */
  *#list(isKnown: (found: Found, readAt: number) => Steps<boolean>): Steps<void> {
    this.#trustedFrom = undefined;
    const { folders, files, temporary } = yield* listFolders(this.#layout.running);
    const there = new Set<string>();
    for (const listed of files) {
      const { file } = listed;
      there.add(file);
      const known = this.#records.get(file);
      const readAt = this.#changeable.get(file);
      if (!known || (readAt !== undefined && !(yield* isKnown(known, readAt))))
        yield* this.#read(file, () => readListed(listed));
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

  /** Records that others may write anew in place. */
  *changeable(): Iterable<Found> {
    for (const file of this.#changeable.keys()) {
      const found = this.#records.get(file);
      if (found) yield found;
    }
  }

  /** Whether one that cannot be read as a record was changed within `withinMs` of this moment, in epoch ms. */
  isBeingWritten(now: number, withinMs: number): boolean {
    for (const { content, info } of this.changeable()) {
      if (content.kind === 'malformed' && Math.abs(now - info.mtimeMs) < withinMs) return true;
    }
    return false;
  }

  /** Published by us. */
  published(file: string): void {
    this.#unread.add(file);
  }

  /** Deleted, by us or by somebody else. */
  deleted(file: string): void {
    this.#drop(file);
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

  *#read(file: string, read: () => Steps<Found | undefined>): Steps<void> {
    this.#unread.delete(file);
    const readAt = yield* sys('now');
    const found = yield* read();
    if (!found) return this.deleted(file);
    this.#drop(file);
    this.#records.put(found);
    this.#changes?.come.add(found);
    if (isChangeable(found)) this.#changeable.set(file, readAt);
    else this.#changeable.delete(file);
  }

  #drop(file: string): void {
    const found = this.#records.get(file);
    if (!found) return;
    this.#records.delete(file);
    if (this.#changes?.come.delete(found) === false) this.#changes.gone.add(found);
  }
}

/** Of records; one that was written anew has both gone and come. What has come and gone again is in neither. */
export interface Changes {
  readonly gone: Set<Found>;
  readonly come: Set<Found>;
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

/** Whether a file is as it was read, some seconds after it had changed. */
function* isStill(found: Found, readAt: number): Steps<boolean> {
  return changedAt(found.info) + settledMs < readAt && (yield* isUnchanged(found));
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
