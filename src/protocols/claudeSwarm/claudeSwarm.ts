/** claude-swarm's locks: one relative path or pattern each, alive for as long as somebody refreshes them (PROTOCOLS 2). */
import { LockError } from '../../core/errors.ts';
import type { Lock, LockId } from '../../core/lock.ts';
import { formatDuration } from '../../core/sentences.ts';
import type { Scope } from '../../core/scope/entry.ts';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { drive, sys, type Os, type Steps } from '../../os/os.ts';
import type {
  AcquireRequest,
  Acquired,
  Capabilities,
  Changed,
  Conflict,
  Disposable,
  Gone,
  HeldElsewhere,
  Listing,
  LossCause,
  Lost,
  Reaped,
  Released,
  Remark,
  Renewed,
  StillLive,
  ToolProtocol,
} from '../protocol.ts';
import { explainRefusal } from '../notWritable.ts';
import { fingerprintOf, readLockFile } from '../readLockFile.ts';
import { removeSurely } from '../temporaryFiles.ts';
import { watchDirectories } from '../watchDirectories.ts';
import { listPlace, observe, type FoundRecord, type Viewer } from './list.ts';
import type { Place, Places } from './place.ts';
import { swarmFormat } from './record.ts';
import { giveBack, isRemovable, letGo, refresh, takeAll, type Taken } from './take.ts';
import { isLost } from './wanted.ts';
import { meet } from './words.ts';

export class ClaudeSwarmProtocol implements ToolProtocol {
  readonly id = 'claude-swarm';
  readonly can: Capabilities = {
    acquire: true,
    renew: true,
    wait: 'claude-swarm has no queue: whoever asks first after a release is first.',
    reap: true,
    forceRelease: true,
  };
  readonly #os: Os;
  readonly #places: Places;
  readonly #caseRule: CaseRule;
  readonly #viewer: Viewer;
  readonly #own = new Map<LockId, Taken>();

  constructor(os: Os, places: Places, caseRule: CaseRule, storeMark: string) {
    this.#os = os;
    this.#places = places;
    this.#caseRule = caseRule;
    this.#viewer = { uid: os.identity().uid, storeMark };
  }

  async isPresent(scope?: Scope): Promise<boolean> {
    return (await this.#run(this.#places.find(scope))).length > 0;
  }

  async describe(): Promise<readonly Remark[]> {
    return (await this.#run(this.#places.find())).flatMap(remarksOn);
  }

  concerns(scope: Scope): boolean {
    return scope.some((entry) => entry.kind !== 'name' && this.#places.known.some(({ root }) => meet(entry, root)));
  }

  async list(): Promise<Listing> {
    return { locks: await this.#run(this.#listAll()), waiters: [] };
  }

  watch(onChange: () => void): Disposable {
    const find = async (): Promise<readonly string[]> =>
      (await this.#run(this.#places.find())).map(({ directory }) => directory);
    return watchDirectories(find, onChange);
  }

  async acquire(request: AcquireRequest): Promise<Acquired<HeldElsewhere> | Conflict> {
    if (request.mode === 'shared') {
      throw new LockError('not-supported', 'claude-swarm knows no shared locks.', 'Ask for an exclusive one.');
    }
    return await this.#run(this.#acquire(request));
  }

  async renew(held: HeldElsewhere): Promise<Renewed<HeldElsewhere> | Lost> {
    const lost = await this.lossOf(held);
    if (lost) return { kind: 'lost', cause: lost };
    await this.#run(this.#refreshAll(held.id));
    return { kind: 'renewed', held };
  }

  async release({ id }: HeldElsewhere): Promise<void> {
    const files = this.#own.get(id)?.files ?? [];
    this.#own.delete(id);
    await this.#run(giveBack(files));
  }

  /** The records name the lock and no process: they are his who has taken it over. */
  async abandon({ id }: HeldElsewhere): Promise<void> {
    const files = this.#own.get(id)?.files ?? [];
    this.#own.delete(id);
    await this.#run(letGo(files));
  }

  reap(lock: Lock): Promise<Reaped | StillLive | Gone> {
    return this.#run(this.#reap(lock));
  }

  forceRelease(lock: Lock): Promise<Released | Changed | Gone> {
    return this.#run(this.#forceRelease(lock));
  }

  async lossOf({ id, protocol }: HeldElsewhere): Promise<LossCause | undefined> {
    const taken = this.#own.get(id);
    return taken && (await this.#run(isLost(taken))) ? { kind: 'lost-elsewhere', protocol } : undefined;
  }

  *#listAll(): Steps<readonly Lock[]> {
    const locks: Lock[] = [];
    for (const place of yield* this.#places.find()) locks.push(...(yield* listPlace(place, this.#viewer)));
    return locks;
  }

  *#acquire(request: AcquireRequest): Steps<Acquired<HeldElsewhere> | Conflict> {
    const { scope, mode, holderName, session, standsFor } = request;
    const id = standsFor?.id ?? ((yield* sys('uuid')) as LockId);
    const places = yield* this.#places.find(scope);
    const taking = yield* explainRefusal(
      this.id,
      places.map(({ directory }) => directory).join(', '),
      takeAll(places, { request, id, ...this.#viewer, caseRule: this.#caseRule }),
    );
    if (taking.kind === 'blocked') return { kind: 'conflict', locks: taking.locks, waiters: [], timedOut: false };
    this.#own.set(id, taking.taken);
    const files = taking.taken.files.map(({ file }) => file);
    const acquiredAt = yield* sys('now');
    return {
      kind: 'acquired',
      held: { id, protocol: this.id, scope, mode, holderName, session, acquiredAt, files },
    };
  }

  *#refreshAll(id: LockId): Steps<void> {
    for (const own of this.#own.get(id)?.files ?? []) yield* refresh(own);
  }

  *#reap(lock: Lock): Steps<Reaped | StillLive | Gone> {
    const read = yield* this.#read(lock);
    if (!read) return { kind: 'gone' };
    const now = yield* observe(read.found, read.place, this.#viewer);
    // Whether a record stands for a lock that is gone is known to whoever looks at that lock's store.
    const isOrphan = lock.verdictReason === 'owner-gone' && fingerprintOf(read.found.info) === lock.fingerprint;
    const isDead = now.verdict === 'stale' || (isOrphan && (yield* isRemovable(now, read.place)));
    if (!isDead) return { kind: 'still-live', lock: now };
    return (yield* removeSurely(read.found)) ? { kind: 'reaped', lock: now } : { kind: 'still-live', lock: now };
  }

  *#forceRelease(lock: Lock): Steps<Released | Changed | Gone> {
    const read = yield* this.#read(lock);
    if (!read) return { kind: 'gone' };
    const now = yield* observe(read.found, read.place, this.#viewer);
    // A refresh changes the bytes and not whose lock it is.
    if (now.id !== lock.id || !(yield* removeSurely(read.found))) return { kind: 'changed', lock: now };
    return { kind: 'released', lock: now };
  }

  *#read(lock: Lock): Steps<{ readonly found: FoundRecord; readonly place: Place } | undefined> {
    const place = (yield* this.#places.find()).find(({ directory }) => lock.file.startsWith(`${directory}/`));
    const read = place && (yield* readLockFile(lock.file, swarmFormat));
    return read && { found: { file: lock.file, ...read }, place };
  }

  #run<T>(steps: Steps<T>): Promise<T> {
    return drive(this.#os, steps);
  }
}

/** Its own acquire passes the time-out through a check of 1 to 3600 s (PROTOCOLS 2.3). */
const longestUsableMs = 3_600_000;

function remarksOn({ root, directory, isNested, timeoutMs, notUnderstood }: Place): readonly Remark[] {
  const over = `a record is over after ${formatDuration(timeoutMs)}`;
  return [
    isNested
      ? {
          level: 'note',
          text: `claude-swarm: ${directory}, the own one of a package; ${over}`,
          hint: `Agents that are started in ${root} lock there, and do not see those of the root. Start all in the root.`,
        }
      : { level: 'ok', text: `claude-swarm: ${directory}; ${over}` },
    ...(notUnderstood === undefined
      ? []
      : [
          {
            level: 'problem',
            text: `claude-swarm: the stale_timeout in ${notUnderstood} is not understood, or not from 60 to 86400 s`,
            hint: 'Until it is, the locks of agents count as live for 24 h: write `stale_timeout: 300` on a line below `locking:`.',
          } as const,
        ]),
    ...(notUnderstood === undefined && timeoutMs > longestUsableMs
      ? [
          {
            level: 'problem',
            text: `claude-swarm: stale_timeout is ${timeoutMs / 1_000} s, with which no agent can take any lock`,
            hint: 'Set locking.stale_timeout to 3600 or less.',
          } as const,
        ]
      : []),
  ];
}
