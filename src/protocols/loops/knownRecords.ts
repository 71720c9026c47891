/**
 * What one process has read of the records, so that its next look reads only what is new (DEPENDENCIES 6): those of ours never
 * change, and their names are never used twice.
 */
import * as path from 'node:path';
import { sys, type FileInfo, type Steps } from '../../os/os.ts';
import { isRecordName } from './layout.ts';
import { listFolders, readFound, readListed, type Found, type ListedFolder } from './scan.ts';

/** Who is told of records; of one that was written anew, both. */
export interface RecordSink {
  come(found: Found): void;
  gone(found: Found): void;
}

/** The clocks of file systems move in steps of up to two seconds (FAT). */
const settledMs = 2_500;

export class KnownRecords {
  readonly #running: string;
  readonly #sink: RecordSink;
  readonly #byPath = new Map<string, Found>();
  /** What others may write anew in place; and when it was read, in epoch ms. */
  readonly #changeable = new Map<string, number>();
  #listedAt = Number.NEGATIVE_INFINITY;
  #folders: readonly ListedFolder[] = [];
  #temporary: readonly string[] = [];

  constructor(running: string, sink: RecordSink) {
    this.#running = running;
    this.#sink = sink;
  }

  get size(): number {
    return this.#byPath.size;
  }

  /** As they were when they were listed last. */
  get folders(): readonly ListedFolder[] {
    return this.#folders;
  }

  /** Temporary files of publications. */
  get temporary(): readonly string[] {
    return this.#temporary;
  }

  /** Lists every folder, and reads what is new or may have been written anew. */
  *list(): Steps<void> {
    yield* this.#list(function* () {
      return false;
    });
  }

  /**
   * For whoever only looks. Nothing is written to learn the time of the file system, so what has not changed for some seconds
   * counts as old enough for its time to tell of the next change.
   */
  *look(): Steps<void> {
    if (yield* this.#hasLongBeen()) {
      for (const found of [...this.changeable()]) {
        const readAt = this.#changeable.get(found.path) ?? 0;
        if (!(yield* isStill(found, readAt))) yield* this.#readAgain(found);
      }
      return;
    }
    this.#listedAt = yield* sys('now');
    yield* this.#list(isStill);
  }

  /** The same where only these names in the running directory can have come, gone or changed. */
  *lookAt(names: ReadonlySet<string>): Steps<void> {
    for (const name of names) if (isRecordName(name)) yield* this.read(path.join(this.#running, name), name);
  }

  /** One in the running directory. */
  *read(file: string, name: string): Steps<void> {
    yield* this.#keep(file, () => readFound(file, name, false));
  }

  /** Inside the gate, where nobody is writing: those that others have written anew. */
  *readChanged(): Steps<void> {
    for (const found of [...this.changeable()]) if (!(yield* isAsRead(found))) yield* this.#readAgain(found);
  }

  /** Records that others may write anew in place. */
  *changeable(): Iterable<Found> {
    for (const file of this.#changeable.keys()) {
      const found = this.#byPath.get(file);
      if (found) yield found;
    }
  }

  deleted(file: string): void {
    this.#changeable.delete(file);
    const found = this.#byPath.get(file);
    if (!found) return;
    this.#byPath.delete(file);
    this.#sink.gone(found);
  }

  *#hasLongBeen(): Steps<boolean> {
    if (this.#folders.some(({ info }) => changedAt(info) + settledMs >= this.#listedAt)) return false;
    return yield* areUnchanged(this.#folders);
  }

  /** @param isKnown whether what others may write anew is as it was read */
  *#list(isKnown: (found: Found, readAt: number) => Steps<boolean>): Steps<void> {
    const { folders, files, temporary, isWhole } = yield* listFolders(this.#running);
    const there = new Set<string>();
    for (const listed of files) {
      const { file } = listed;
      there.add(file);
      const known = this.#byPath.get(file);
      const readAt = this.#changeable.get(file);
      const isOld = known && (readAt === undefined || (yield* isKnown(known, readAt)));
      if (!isOld) yield* this.#keep(file, () => readListed(listed));
    }
    for (const file of [...this.#byPath.keys()]) if (!there.has(file)) this.deleted(file);
    // What could not be listed just now has to be listed the next time, whatever its time says.
    this.#folders = isWhole ? folders : [];
    this.#temporary = temporary;
  }

  *#readAgain({ path: file, name, nested }: Found): Steps<void> {
    yield* this.#keep(file, () => readFound(file, name, nested));
  }

  *#keep(file: string, read: () => Steps<Found | undefined>): Steps<void> {
    const readAt = yield* sys('now');
    const found = yield* read();
    this.deleted(file);
    if (!found) return;
    this.#byPath.set(file, found);
    if (isChangeable(found)) this.#changeable.set(file, readAt);
    this.#sink.come(found);
  }
}

/** Ours never change once they are there, but who knows what a later version of ours does. */
function isChangeable({ name, content }: Found): boolean {
  const isOurs = content.kind === 'record' && content.record.extra?.version === 1;
  return !isOurs || !path.basename(name).startsWith('wlock-');
}

/** Whether a file is as it was read, some seconds after it had changed. */
function* isStill(found: Found, readAt: number): Steps<boolean> {
  return changedAt(found.info) + settledMs < readAt && (yield* isAsRead(found));
}

/** What could not be read may be readable now, although nobody has changed it. */
function* isAsRead(found: Found): Steps<boolean> {
  return found.content.kind !== 'unreadable' && (yield* isUnchanged(found));
}

/** Whether no name can have come or gone. A link to a folder, which has a time of its own, says nothing. */
export function* areUnchanged(folders: readonly ListedFolder[]): Steps<boolean> {
  if (folders.some(({ info }) => info.kind !== 'directory')) return false;
  for (const folder of folders) if (!(yield* isUnchanged(folder))) return false;
  return folders.length > 0;
}

function* isUnchanged({ path: place, info }: { readonly path: string; readonly info: FileInfo }): Steps<boolean> {
  const now = yield* sys('lstat', place);
  return now !== undefined && isSame(now, info);
}

function isSame(a: FileInfo, b: FileInfo): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}

/** Epoch ms. */
export function changedAt({ mtimeMs, ctimeMs }: FileInfo): number {
  return Math.max(mtimeMs, ctimeMs);
}
