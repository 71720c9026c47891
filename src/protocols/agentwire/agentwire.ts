/** agentwire's locks: one session each, held for as long as a process keeps the kernel's lock on its file (PROTOCOLS 4). */
import * as path from 'node:path';
import { LockError } from '../../core/errors.ts';
import type { LockId } from '../../core/lock.ts';
import type { Scope } from '../../core/scope/entry.ts';
import { drive, sys, type Os, type Steps } from '../../os/os.ts';
import { isDirectory } from '../directories.ts';
import { explainRefusal } from '../notWritable.ts';
import { isStillThere, type OwnFile } from '../ownFile.ts';
import type {
  AcquireRequest,
  Acquired,
  Capabilities,
  Conflict,
  Disposable,
  HeldElsewhere,
  Listing,
  LossCause,
  Lost,
  Remark,
  Renewed,
  ToolProtocol,
} from '../protocol.ts';
import { watchDirectories } from '../watchDirectories.ts';
import { listLocks, lockedNow } from './list.ts';
import { stemsOf } from './session.ts';
import { giveBack, takeAll, type Taking } from './take.ts';

export interface AgentwireOptions {
  /** The user's home directory; agentwire has no other place. */
  readonly home: string;
}

/** A release changes no file, so whoever watches has to look. A look reads, and touches no lock. */
const lookMs = 1_000;

const neverDeleted = 'agentwire’s lock files are never deleted: whoever waits for one would lock another file.';

export class AgentwireProtocol implements ToolProtocol {
  readonly id = 'agentwire';
  readonly can: Capabilities = {
    acquire: true,
    renew: true,
    wait: 'agentwire has no queue: whoever asks first after a release is first.',
    reap: `${neverDeleted} The kernel frees them when their holder ends, so there is nothing to reap.`,
    forceRelease: `${neverDeleted} Only the end of the process that holds it frees it.`,
  };
  readonly #os: Os;
  readonly #folder: string;
  readonly #directory: string;
  readonly #own = new Map<LockId, readonly OwnFile[]>();

  constructor(os: Os, { home }: AgentwireOptions) {
    this.#os = os;
    this.#folder = path.join(home, '.agentwire');
    this.#directory = path.join(this.#folder, 'locks');
  }

  isPresent(): Promise<boolean> {
    return this.#run(isDirectory(this.#folder));
  }

  describe(): Promise<readonly Remark[]> {
    return Promise.resolve([{ level: 'ok', text: `agentwire: ${this.#directory}` }]);
  }

  descriptors({ id }: HeldElsewhere): readonly number[] {
    return (this.#own.get(id) ?? []).map(({ fd }) => fd);
  }

  concerns(scope: Scope): boolean {
    return stemsOf(scope).length > 0;
  }

  async list(): Promise<Listing> {
    return { locks: await this.#run(listLocks(this.#directory, this.#os.identity().uid)), waiters: [] };
  }

  watch(onChange: () => void): Disposable {
    const find = async (): Promise<readonly string[]> =>
      (await this.#run(isDirectory(this.#directory))) ? [this.#directory] : [];
    let seen: string | undefined;
    // Who is told of a change and looks may find a lock that is gone before the next look here: he is told once more then.
    const files = watchDirectories(find, () => {
      seen = 'changed since';
      onChange();
    });
    const look = (): void => {
      this.#run(lockedNow(this.#directory)).then(
        (now) => {
          if (seen !== undefined && now !== seen && isWatching) onChange();
          seen = now;
        },
        () => undefined, // the listing says why it cannot be read
      );
    };
    let isWatching = true;
    const timer = setInterval(look, lookMs);
    timer.unref();
    look();
    return {
      dispose() {
        isWatching = false;
        clearInterval(timer);
        files.dispose();
      },
    };
  }

  async acquire(request: AcquireRequest): Promise<Acquired<HeldElsewhere> | Conflict> {
    if (request.mode === 'shared') {
      throw new LockError('not-supported', 'agentwire knows no shared locks.', 'Ask for an exclusive one.');
    }
    return await this.#run(this.#acquire(request));
  }

  /** Its locks have no time, so that only a look remains to be had. */
  async renew(held: HeldElsewhere): Promise<Renewed<HeldElsewhere> | Lost> {
    const cause = await this.lossOf(held);
    return cause ? { kind: 'lost', cause } : { kind: 'renewed', held };
  }

  async release({ id }: HeldElsewhere): Promise<void> {
    const own = this.#own.get(id) ?? [];
    this.#own.delete(id);
    await this.#run(giveBack(own));
  }

  /** Only one process can have the kernel's lock. */
  abandon(held: HeldElsewhere): Promise<void> {
    return this.release(held);
  }

  reap(): Promise<never> {
    return Promise.reject(refused('Nothing of agentwire can be reaped.', this.can.reap));
  }

  forceRelease(): Promise<never> {
    return Promise.reject(refused('No lock of agentwire can be force-released.', this.can.forceRelease));
  }

  /** Somebody has deleted the file, as `agentwire lock clean` does; the next one who asks makes a new one. */
  async lossOf({ id, protocol }: HeldElsewhere): Promise<LossCause | undefined> {
    for (const own of this.#own.get(id) ?? []) {
      if (!(await this.#run(isStillThere(own)))) return { kind: 'lost-elsewhere', protocol };
    }
    return undefined;
  }

  *#acquire(request: AcquireRequest): Steps<Acquired<HeldElsewhere> | Conflict> {
    const { scope, mode, holderName, session, standsFor } = request;
    const id = standsFor?.id ?? ((yield* sys('uuid')) as LockId);
    const taking = yield* explainRefusal(this.id, this.#directory, this.#take(request));
    if (taking.kind === 'blocked') return { kind: 'conflict', locks: taking.locks, waiters: [], timedOut: false };
    this.#own.set(id, taking.files);
    const files = taking.files.map(({ file }) => file);
    const acquiredAt = yield* sys('now');
    return { kind: 'acquired', held: { id, protocol: this.id, scope, mode, holderName, session, acquiredAt, files } };
  }

  *#take(request: AcquireRequest): Steps<Taking> {
    // Its folder is there, or we would not have been asked; only the one for locks may still have to be made.
    if (yield* isDirectory(this.#folder)) yield* sys('mkdir', this.#directory);
    return yield* takeAll(this.#directory, request, this.#os.identity().uid);
  }

  #run<T>(steps: Steps<T>): Promise<T> {
    return drive(this.#os, steps);
  }
}

function refused(what: string, why: Capabilities['reap']): LockError {
  return new LockError('not-supported', what, String(why));
}
