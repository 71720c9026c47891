/**
 * What one process knows of the records whenever it is inside the gate, where it must know them all: what it has read, without
 * a listing where nothing can have come meanwhile.
 *
 * Whether names have come or gone the folders' times tell. Two changes may have one time, as a file system's clock moves in
 * steps, so a time counts only where something was written to the file system after we had looked, and got a later one:
 * whatever comes after that has a later time, too. A record that comes between the two does not come from anybody who takes
 * part: all publish inside the gate, and there we are, if it is still the gate afterwards. A deletion may come between; a lock that has gone is at most taken for one
 * that is there, and before anybody is refused the folders are listed.
 */
import * as path from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { sys, type Fd, type FileInfo, type Steps } from '../../os/os.ts';
import { FoundIndex, type Records } from './foundIndex.ts';
import { isCurrent, type Gate } from './gate.ts';
import { areUnchanged, changedAt, KnownRecords } from './knownRecords.ts';
import type { StoreLayout } from './layout.ts';
import type { ListedFolder } from './scan.ts';

/** Its name and its `.`; each folder in it adds its `..`. File systems that do not count so are not trusted. */
const linksOfItself = 2;

/** Below it, listing the folders costs less than looking at their times. */
const leastToRemember = 32;

export class GateRecords {
  readonly #layout: StoreLayout;
  readonly #leastToRemember: number;
  readonly #known: KnownRecords;
  readonly #index: FoundIndex;
  /** Ours, published and not read since. */
  readonly #unread = new Set<string>();
  #folders: readonly ListedFolder[] = [];
  /** A time, in epoch ms of the file system, that no later change is before; undefined where the folders have to be listed. */
  #trustedFrom: number | undefined;

  /** @param least with fewer records, the folders are listed each time; `Infinity`: always */
  constructor(layout: StoreLayout, rule: CaseRule, least = leastToRemember) {
    this.#layout = layout;
    this.#leastToRemember = least;
    this.#index = new FoundIndex(layout.root, rule);
    this.#known = new KnownRecords(layout.running, this.#index);
  }

  get records(): Records {
    return this.#index;
  }

  /** Temporary files of publications: leftovers of processes that died. */
  get temporary(): readonly string[] {
    return this.#known.temporary;
  }

  /** Whether it is worth a look inside the gate that a change of ours is the only one. */
  get isTrusted(): boolean {
    return this.#trustedFrom !== undefined;
  }

  /** @returns whether the folders' times spoke for them, and they were not listed */
  *bringUpToDate(): Steps<boolean> {
    if (!(yield* this.isAsItWas())) {
      yield* this.list();
      return false;
    }
    for (const file of this.#unread) yield* this.#known.read(file, path.basename(file));
    this.#unread.clear();
    // Read in the gate hold of a change of ours or before: who has rewritten one since did it after the time that we trust.
    yield* this.#known.readChanged();
    return true;
  }

  *list(): Steps<void> {
    this.#trustedFrom = undefined;
    yield* this.#known.list();
    this.#folders = this.#known.folders;
    this.#unread.clear();
  }

  /** Whether no folder has changed since we knew all that is in them. */
  *isAsItWas(): Steps<boolean> {
    const since = this.#trustedFrom;
    // A wall clock that was set back gives times again that it gave before; it is read in whole milliseconds.
    return since !== undefined && (yield* sys('now')) + 1 >= since && (yield* areUnchanged(this.#folders));
  }

  /** Published by us. */
  published(file: string): void {
    this.#unread.add(file);
  }

  /** Deleted, by us or by somebody else. */
  deleted(file: string): void {
    this.#known.deleted(file);
    this.#unread.delete(file);
  }

  /**
   * After a change of ours, still in the gate hold in which the folders were known: so that they are known from now on, too. What
   * cannot be found out, as on a full disk, is no reason to fail: then they are listed the next time.
   * @param clock a file of our own, open for writing
   */
  *trust(gate: Gate, clock: Fd): Steps<void> {
    this.#trustedFrom = undefined;
    if (this.#known.size < this.#leastToRemember) return;
    try {
      this.#trustedFrom = yield* this.#timeOfTrust(gate, clock);
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
    }
  }

  *#timeOfTrust(gate: Gate, clock: Fd): Steps<number | undefined> {
    const noted: ListedFolder[] = [];
    for (const folder of this.#folders) {
      const info = yield* sys('lstat', folder.path);
      // Making a folder takes no gate, so one may have come since they were listed: that shows in the links.
      if (info?.kind !== 'directory' || info.links !== linksOfItself + folder.folders) return undefined;
      noted.push({ ...folder, info });
    }
    this.#folders = noted;
    const now = yield* timeNow(clock);
    // Times of two file systems, one fine and one coarse, cannot be compared.
    const isTold = noted.every(({ info }) => info.dev === now.dev && changedAt(info) < now.mtimeMs);
    // Somebody may have deleted the gate: then others were in another one meanwhile.
    return isTold && noted.length > 0 && (yield* isCurrent(this.#layout, gate)) ? now.mtimeMs : undefined;
  }
}

/**
 * What the file system's clock shows, as the time of a file. Twice, because Linux since 6.13 makes a time finer than its clock's steps
 * only for a file that has the latest time already, and was looked at since.
 */
function* timeNow(clock: Fd): Steps<FileInfo> {
  yield* sys('write', clock, '.');
  yield* sys('fstat', clock);
  yield* sys('write', clock, '.');
  return yield* sys('fstat', clock);
}
