/**
 * openclaw's session locks (PROTOCOLS 3). Its builds differ so much that ours are taken only where somebody has said which
 * are at work; all of them are shown, and where they live, obeyed.
 */
import { LockError } from '../../core/errors.ts';
import type { Lock, LockId } from '../../core/lock.ts';
import type { Scope } from '../../core/scope/entry.ts';
import { drive, sys, type Os, type Steps } from '../../os/os.ts';
import { isDirectory } from '../directories.ts';
import { explainRefusal } from '../notWritable.ts';
import { isStillThere } from '../ownFile.ts';
import type {
  AcquireRequest,
  Acquired,
  Can,
  Capabilities,
  Changed,
  Conflict,
  Disposable,
  Gone,
  HeldElsewhere,
  Listing,
  LossCause,
  Lost,
  Released,
  Remark,
  Renewed,
  ToolProtocol,
} from '../protocol.ts';
import { fingerprintOf, readLockFile } from '../readLockFile.ts';
import { removeSurely } from '../temporaryFiles.ts';
import { watchDirectories } from '../watchDirectories.ts';
import { listLocks, observe } from './list.ts';
import { agentsFolder, lockedSessions, lockFile, sessionFolders, sessionsOf } from './place.ts';
import { clawFormat } from './record.ts';
import { giveBack, takeAll, type OwnRecord } from './take.ts';

/** Which kind of session lock is in use (PROTOCOLS 3.1): A 2026.2, B 2026.3 to 2026.5.7, C 2026.5.28 to 2026.7. */
export type Era = 'A' | 'B' | 'C';

export interface OpenclawOptions {
  /** Absolute and canonical: `OPENCLAW_STATE_DIR`, else `~/.openclaw`. */
  readonly state: string;
  /** As `.wlock.json` says; without it locks are only shown. From 2026.8 on openclaw has none. */
  readonly era?: Era;
}

const isEvidence =
  'A dead lock of openclaw is in nobody’s way, and its gateway’s evidence for resuming the interrupted session.';

export class OpenclawProtocol implements ToolProtocol {
  readonly id = 'openclaw';
  readonly can: Capabilities;
  readonly #os: Os;
  readonly #state: string;
  readonly #own = new Map<LockId, readonly OwnRecord[]>();

  constructor(os: Os, { state, era }: OpenclawOptions) {
    this.#os = os;
    this.#state = state;
    this.can = {
      acquire: canAcquire(era),
      renew: true,
      wait: 'openclaw has no queue: whoever asks first after a release is first.',
      reap: isEvidence,
      forceRelease: true,
    };
  }

  isPresent(): Promise<boolean> {
    return this.#run(isDirectory(agentsFolder(this.#state)));
  }

  /**
   * Only sessions by their name, or by exactly the path of their transcript: a lock on a folder above is no request for
   * every session in it, which nobody could list before they begin.
   */
  describe(): Promise<readonly Remark[]> {
    const { acquire } = this.can;
    const taken = acquire === true ? 'locks are taken there too' : `only shown: ${acquire}`;
    return Promise.resolve([{ level: 'ok', text: `openclaw: ${agentsFolder(this.#state)}; ${taken}` }]);
  }

  concerns(scope: Scope): boolean {
    return sessionsOf(this.#state, scope).length > 0;
  }

  async list(): Promise<Listing> {
    return { locks: await this.#run(listLocks(this.#state, this.#os.identity().uid)), waiters: [] };
  }

  watch(onChange: () => void): Disposable {
    return watchDirectories(() => this.#run(this.#watched()), onChange);
  }

  async acquire(request: AcquireRequest): Promise<Acquired<HeldElsewhere> | Conflict> {
    if (this.can.acquire !== true) {
      throw new LockError('not-supported', 'openclaw’s locks cannot be taken here.', this.can.acquire);
    }
    if (request.mode === 'shared') {
      throw new LockError('not-supported', 'openclaw knows no shared locks.', 'Ask for an exclusive one.');
    }
    return await this.#run(this.#acquire(request));
  }

  /** Nothing may be written to a record, so that only a look remains to be had. */
  async renew(held: HeldElsewhere): Promise<Renewed<HeldElsewhere> | Lost> {
    const cause = await this.lossOf(held);
    return cause ? { kind: 'lost', cause } : { kind: 'renewed', held };
  }

  async release({ id }: HeldElsewhere): Promise<void> {
    const own = this.#own.get(id) ?? [];
    this.#own.delete(id);
    await this.#run(giveBack(own));
  }

  /** Its record names our process, so whoever takes over needs his own. */
  abandon(held: HeldElsewhere): Promise<void> {
    return this.release(held);
  }

  reap(): Promise<never> {
    const hint = `${isEvidence} If it must go: wlock force-release`;
    return Promise.reject(new LockError('not-supported', 'openclaw’s locks are not reaped.', hint));
  }

  forceRelease(lock: Lock): Promise<Released | Changed | Gone> {
    return this.#run(this.#forceRelease(lock));
  }

  async lossOf({ id, protocol }: HeldElsewhere): Promise<LossCause | undefined> {
    for (const own of this.#own.get(id) ?? []) {
      if (!(await this.#run(isStillThere(own)))) return { kind: 'lost-elsewhere', protocol };
    }
    return undefined;
  }

  *#watched(): Steps<readonly string[]> {
    const folders: string[] = [];
    for (const folder of yield* sessionFolders(this.#state)) if (yield* isDirectory(folder)) folders.push(folder);
    return folders;
  }

  *#acquire(request: AcquireRequest): Steps<Acquired<HeldElsewhere> | Conflict> {
    const { scope, mode, holderName, session, standsFor } = request;
    const id = standsFor?.id ?? ((yield* sys('uuid')) as LockId);
    const taking = yield* explainRefusal(
      this.id,
      agentsFolder(this.#state),
      takeAll(this.#state, request, this.#os.identity().uid),
    );
    if (taking.kind === 'blocked') return { kind: 'conflict', locks: taking.locks, waiters: [], timedOut: false };
    this.#own.set(id, taking.files);
    const files = taking.files.map(({ file }) => file);
    const acquiredAt = yield* sys('now');
    return { kind: 'acquired', held: { id, protocol: this.id, scope, mode, holderName, session, acquiredAt, files } };
  }

  *#forceRelease(lock: Lock): Steps<Released | Changed | Gone> {
    const sessions = yield* lockedSessions(this.#state);
    const session = sessions.find((each) => lockFile(this.#state, each) === lock.file);
    const read = session && (yield* readLockFile(lockFile(this.#state, session), clawFormat));
    if (!session || !read) return { kind: 'gone' };
    const now = yield* observe(this.#state, session, read, this.#os.identity().uid);
    // Nobody rewrites a record, so other bytes are another's.
    if (fingerprintOf(read.info) !== lock.fingerprint) return { kind: 'changed', lock: now };
    return (yield* removeSurely({ file: now.file, info: read.info }))
      ? { kind: 'released', lock: now }
      : { kind: 'changed', lock: now };
  }

  #run<T>(steps: Steps<T>): Promise<T> {
    return drive(this.#os, steps);
  }
}

function canAcquire(era: Era | undefined): Can {
  switch (era) {
    case 'A':
    case 'B':
      return true;
    case 'C':
      return 'openclaw 2026.5.28 to 2026.7 deletes at once the lock of every program whose command line is not openclaw’s.';
    case undefined:
      return 'Without "openclaw": {"era": "A"} or {"era": "B"} in .wlock.json they are only shown: from 2026.8 on openclaw has no session locks, and its other builds differ.';
  }
}
