/** Start here: many protocols seen as one. `openLocks` makes it; extension, command line and library use nothing below. */
import { randomUUID } from 'node:crypto';
import type { Subscription } from '../core/emitter.ts';
import { LockError } from '../core/errors.ts';
import type { JournalLine } from '../core/journal.ts';
import { blocks, type Lock, type LockId, type Mode } from '../core/lock.ts';
import type { Scope } from '../core/scope/entry.ts';
import type { CaseRule } from '../core/scope/foldCase.ts';
import { locksNear, type Snapshot, type SnapshotDiff } from '../core/snapshot.ts';
import { openNodeOs, type NodeOs } from '../os/node.ts';
import { foldsCase } from '../os/paths.ts';
import { layoutOf, type StoreLayout } from '../protocols/loops/layout.ts';
import { LoopsProtocol, type StoreChange } from '../protocols/loops/loops.ts';
import type {
  AcquireRequest,
  Changed,
  Conflict,
  Disposable,
  Gone,
  Held,
  LossCause,
  Reaped,
  Released,
  RemovalReason,
  StillLive,
} from '../protocols/protocol.ts';
import type { HeldLock } from './heldLock.ts';
import { HeldLocks } from './heldLocks.ts';
import { LivenessPulse } from './livenessPulse.ts';
import { readConfiguration, type Configuration } from './configuration/configuration.ts';
import { findLoopsDirectory, type LoopsDirectory } from './loopsDirectory.ts';
import type { RetryOptions } from './retry.ts';
import type * as TakingPart from './taking.ts';
import { findRoot, type Root } from './root.ts';
import { readScopeParts, type ScopePart } from './scopeParts.ts';
import { SnapshotReader } from './snapshotReader.ts';
import { listAll } from './tools/listAll.ts';
import type { Beside } from './tools/beside.ts';
import type { OneLock } from './tools/oneLock.ts';
import { openTools } from './tools/openTools.ts';
import type { ToolSet } from './tools/toolSet.ts';
import { checkedTtl, checkedWait } from './times.ts';

/** Locks of this session are `mine`, in this process and in those that it starts. */
export const sessionVariable = 'WLOCK_SESSION';

export interface OpenOptions {
  /** The workspace; without it, `WLOCK_ROOT` or the nearest folder that looks like one. */
  readonly root?: string;
  /** What a relative root counts from; without it `process.cwd()`. */
  readonly cwd?: string;
  /** Instead of `process.env`: where `WLOCK_ROOT`, `WLOCK_SESSION`, and other tools' folders are looked up. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Whose locks are `mine`; without it `WLOCK_SESSION`, else a fresh one. */
  readonly session?: string;
  /** Whether the cluster that `.wlock.json` names may be contacted; it may, unless this is false, and then nothing is locked. */
  readonly isTrusted?: boolean;
}

export interface AcquireOptions {
  /** Texts are read like `wlock --scope`: a path if it exists or has no pattern characters, else a glob. */
  readonly scope: readonly ScopePart[];
  /** Who asks, for others to read: the name of a loop, an agent, a person; 1 to 200 characters. */
  readonly holder: string;
  /** `exclusive` unless told; shared locks do not conflict with each other. */
  readonly mode?: Mode;
  /** Why, for others to read. */
  readonly reason?: string;
  /** Milliseconds after which the lock is given back, unless renewed. */
  readonly ttlMs?: number;
  /** Which program asks, for others to read; `library` unless told. */
  readonly tool?: string;
  /** Entries outside the root are refused unless this is set. */
  readonly allowOutsideRoot?: boolean;
  /** Take a place in the queue and wait for so many milliseconds at most, or `Infinity`. Without it, one try. */
  readonly waitMs?: number;
  /** Told what the request waits for, at first and whenever that changes. */
  readonly onWaiting?: (conflict: Conflict) => void;
  /** Try again without a place in the queue. */
  readonly retry?: RetryOptions;
  /**
   * This process is a keeper.
   * @internal
   */
  readonly isKeeper?: true;
  /** Ends the wait with a LockError `cancelled`; nothing is locked then. */
  readonly signal?: AbortSignal;
}

export type AcquireOutcome =
  { readonly ok: true; readonly held: HeldLock } | { readonly ok: false; readonly conflict: Conflict };

/**
 * One manager for each root and process; dispose of it, or `close` it, to give back all that it holds.
 * @throws LockError `root-not-found`, `bad-configuration`
 */
export async function openLocks(options: OpenOptions = {}): Promise<LockManager> {
  const environment = options.environment ?? process.env;
  const root = findRoot({
    environment,
    cwd: options.cwd ?? process.cwd(),
    ...(options.root === undefined ? {} : { explicit: options.root }),
  });
  const fromEnvironment = environment[sessionVariable];
  const session =
    options.session ?? (fromEnvironment === undefined || fromEnvironment === '' ? randomUUID() : fromEnvironment);
  const isTrusted = options.isTrusted ?? true;
  return new LockManager(await openNodeOs(), root, session, readConfiguration(root.path), { environment, isTrusted });
}

export class LockManager implements AsyncDisposable {
  readonly root: Root;
  readonly session: string;
  /** @internal */
  readonly os: NodeOs;
  /**
   * In which a process that works for this manager has to start.
   * @internal
   */
  readonly environment: NodeJS.ProcessEnv;
  /** Which directory holds the store, and why that one. */
  readonly loopsDirectory: LoopsDirectory;
  /** @internal */
  readonly layout: StoreLayout;
  readonly #loops: LoopsProtocol;
  /**
   * Whether paths that differ in case are one file here.
   * @internal
   */
  readonly caseRule: CaseRule;
  /**
   * Other tools, at work here or not.
   * @internal
   */
  readonly tools: ToolSet;
  readonly #isForAll: boolean;
  #taking: Promise<Taking> | undefined;
  readonly #held: HeldLocks;
  readonly #reader: SnapshotReader;
  #watching: Subscription | undefined;

  /** @internal */
  constructor(
    os: NodeOs,
    root: Root,
    session: string,
    configuration: Configuration,
    { environment, isTrusted }: { readonly environment: NodeJS.ProcessEnv; readonly isTrusted: boolean },
  ) {
    this.os = os;
    this.environment = environment;
    this.root = root;
    this.session = session;
    this.loopsDirectory = findLoopsDirectory(root.path, configuration);
    this.layout = layoutOf(root.path, this.loopsDirectory.loopsDir);
    this.caseRule = { fold: foldsCase(root.path) };
    const folders = os.flock.provider?.name === 'fs-ext' ? 'remembered' : 'listed';
    this.#loops = new LoopsProtocol(os, this.layout, new Set([session]), this.caseRule, folders);
    this.tools = openTools(os, {
      root: root.path,
      store: this.layout.running,
      environment,
      isTrusted,
      configuration,
      caseRule: this.caseRule,
      sessions: new Set([session]),
    });
    this.#isForAll = configuration.oneLockForAll ?? true;
    this.#held = new HeldLocks((onChange) => this.#watchStores(onChange));
    this.#reader = new SnapshotReader(os, root.path, this.caseRule, (names) =>
      listAll(() => this.#loops.list(names), this.tools, { isForAll: this.#isForAll, here: this.tools.here }),
    );
  }

  /** The newest picture; empty until the first `refresh`. */
  get snapshot(): Snapshot {
    return this.#reader.snapshot;
  }

  /** Fires after a refresh that changed something that people see. */
  onDidChange(listener: (diff: SnapshotDiff) => void): Subscription {
    return this.#reader.onDidChange(listener);
  }

  /**
   * Why the last reading failed, so that the snapshot is an old one, or which other tool could not be read, so that it lacks
   * that one's locks; undefined while all is well.
   */
  get problem(): Error | undefined {
    return this.#reader.problem;
  }

  /** Fires when reading begins to fail, for another reason than before, or works again. */
  onDidChangeProblem(listener: (problem: Error | undefined) => void): Subscription {
    return this.#reader.onDidChangeProblem(listener);
  }

  /**
   * Reads all locks again. Calls while one is under way share the one that follows it, so the result is never older
   * than the call.
   */
  refresh(): Promise<Snapshot> {
    return this.#reader.refresh();
  }

  /** Keeps the snapshot fresh until `close`: on file events, and where a holder dies without any. */
  watch(): void {
    if (this.#watching) return;
    const refresh = (): void => {
      this.refresh().catch(() => undefined); // told by `onDidChangeProblem`
    };
    const note = (change?: StoreChange): void => {
      this.#reader.note(change).catch(() => undefined);
    };
    const files = this.#watchStores(note);
    const pulse = new LivenessPulse(this.os, () => this.snapshot.locks, refresh);
    this.#watching = {
      dispose() {
        files.dispose();
        pulse.dispose();
      },
    };
    refresh();
  }

  /**
   * One try, or with `waitMs` a place in the queue until the lock is granted or the time is over.
   * @throws LockError `cancelled`, `gate-busy`, `store-not-writable`, …; ScopeError
   */
  async acquire(options: AcquireOptions): Promise<AcquireOutcome> {
    const request = this.#requestOf(options);
    const signal = options.signal ?? new AbortController().signal;
    const { oneLock, withRetry } = await this.#take();
    const outcome = await withRetry(
      () => oneLock.acquire(request, signal, options.onWaiting),
      ({ kind }) => kind === 'acquired',
      options.retry ?? { times: 0 },
      signal,
    );
    if (outcome.kind === 'conflict') return { ok: false, conflict: outcome };
    return { ok: true, held: await this.#hold(outcome.held, outcome.beside, options.ttlMs) };
  }

  /**
   * Takes over a lock of the same session's earlier process: same id, new record that names this process.
   * @internal
   */
  async takeOver(lock: Lock): Promise<HeldLock | undefined> {
    if (lock.token === undefined) return undefined;
    const held = {
      id: lock.id,
      protocol: lock.protocol,
      token: lock.token,
      scope: lock.scope,
      mode: lock.mode,
      holderName: lock.holder.name,
      session: lock.session ?? '',
      file: lock.file,
      revision: 0,
      acquiredAt: lock.acquiredAt ?? this.os.now(),
      ...(lock.expiresAt === undefined ? {} : { expiresAt: lock.expiresAt }),
    };
    const { oneLock } = await this.#take();
    const tools = await oneLock.toolsBeside(held);
    const outcome = await this.#loops.transfer(held, this.session);
    if (outcome.kind === 'lost') return undefined;
    const leftMs = lock.expiresAt === undefined ? undefined : Math.max(1, lock.expiresAt - this.os.now());
    return await this.#hold(outcome.held, await oneLock.takeOver(outcome.held, lock.holder, tools), leftMs);
  }

  /** Locks that block somebody else's writing to this absolute path. */
  covering(path: string): readonly Lock[] {
    return this.snapshot.index.covering(path).filter(blocks);
  }

  /**
   * By the snapshot.
   * @throws LockError `etcd-unreachable`, `etcd-refused` where nobody knows what other machines have locked: "free" would be a
   * guess, and an acquire would be refused
   */
  assertClusterIsRead(): void {
    const { problem } = this;
    if (problem instanceof LockError && problem.code.startsWith('etcd-')) throw problem;
  }

  /** Locks, one's own among them, that are in the way of who asks for this scope, by the snapshot. */
  async blockersOf(scope: Scope): Promise<readonly Lock[]> {
    return await this.#reader.meeting(scope, locksNear(this.snapshot)(scope).filter(blocks));
  }

  /** Finds one lock by its id or a unique beginning of it; throws `not-found` or `ambiguous`. */
  find(id: string): Lock {
    const exact = this.snapshot.locks.find((lock) => lock.id === id);
    const matches = exact ? [exact] : this.snapshot.locks.filter((lock) => lock.id.startsWith(id));
    const [lock, another] = matches;
    if (!lock || id === '') {
      throw new LockError(
        'not-found',
        `There is no lock ${JSON.stringify(id)}.`,
        'wlock list shows all locks with their ids.',
      );
    }
    if (another) {
      const ids = matches.map((match) => match.id).join(', ');
      throw new LockError('ambiguous', `${JSON.stringify(id)} begins several ids: ${ids}.`, 'Give more of the id.');
    }
    return lock;
  }

  /**
   * True where the journal knows that this very lock ended, so that releasing it twice is no mistake.
   * @internal
   */
  async hasEnded(id: string): Promise<boolean> {
    if (this.snapshot.locks.some((lock) => lock.id.startsWith(id))) return false;
    return this.#loops.hasEnded(id as LockId);
  }

  /** Why a lock is gone that the snapshot does not have any more, as far as the journal knows. */
  endOf(id: LockId): Promise<LossCause> {
    return this.#loops.endOf(id);
  }

  /**
   * Asks the process that holds a lock to renew it; see `askToRenew`, which also waits for the answer.
   * @internal
   */
  writeRenewalRequest(lock: Lock, ttlMs: number): Promise<void> {
    return this.#loops.askToRenew(lock, checkedTtl(ttlMs));
  }

  /**
   * Takes it back; false where the holder has taken it already.
   * @internal
   */
  withdrawRenewalRequest(lock: Lock): Promise<boolean> {
    return this.#loops.withdrawRequest(lock);
  }

  /** What happened in this store, oldest first, as far back as the journal reaches. */
  journal(): Promise<readonly JournalLine[]> {
    return this.#loops.journal();
  }

  /** Deletes a lock whose holder is gone, after proving inside the gate, again, that it is; leaves it if it is not. */
  async reap(lock: Lock): Promise<Reaped | StillLive | Gone> {
    const { oneLock } = await this.#take();
    return await oneLock.reap(lock);
  }

  /**
   * Deletes this very lock over its holder's head, who is told (`lost`); the caller has a person's confirmation.
   * `changed` where it is no longer the lock that was looked at: nothing is deleted then.
   */
  async forceRelease(lock: Lock, why: RemovalReason = 'forced'): Promise<Released | Changed | Gone> {
    const { oneLock } = await this.#take();
    return await oneLock.forceRelease(lock, why);
  }

  /**
   * Reads texts into canonical entries. Relative ones count from `cwd`, by default the root.
   * `onReadAs` gets a sentence for each text that can be taken for something else, such as `app/[id]/page.tsx`.
   * @throws ScopeError for what is malformed or leads out of the root
   */
  readScope(
    parts: readonly ScopePart[],
    options: {
      readonly cwd?: string;
      readonly allowOutsideRoot?: boolean;
      readonly onReadAs?: (sentence: string) => void;
    } = {},
  ): Scope {
    const context = { cwd: options.cwd ?? this.root.path, root: this.root.path, caseRule: this.caseRule };
    const { scope, readAs } = readScopeParts(parts, options.allowOutsideRoot ? { ...context, root: '/' } : context);
    for (const sentence of readAs) options.onReadAs?.(sentence);
    return scope;
  }

  /** For a child that shall keep this process's locks alive should it be killed; close-on-exec until passed on. */
  holdDescriptor(): number {
    return this.#loops.holdDescriptor();
  }

  /** Releases what is still held and stops watching. */
  async close(): Promise<void> {
    this.#watching?.dispose();
    this.#watching = undefined;
    await this.#held.releaseAll();
    await this.#loops.close();
    await this.tools.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What changes with other tools is not known by name. */
  #watchStores(onChange: (change?: StoreChange) => void): Disposable {
    const watches = [this.#loops.watch(onChange), this.tools.watch(() => onChange('beside'))];
    return {
      dispose() {
        for (const watch of watches) watch.dispose();
      },
    };
  }

  #requestOf(options: AcquireOptions): AcquireRequest {
    const { reason, ttlMs, waitMs, isKeeper } = options;
    return {
      scope: this.readScope(options.scope, options.allowOutsideRoot ? { allowOutsideRoot: true } : {}),
      mode: options.mode ?? 'exclusive',
      holderName: checkedName(options.holder),
      session: this.session,
      tool: options.tool ?? 'library',
      ...(reason === undefined ? {} : { reason }),
      ...(ttlMs === undefined ? {} : { ttlMs: checkedTtl(ttlMs) }),
      ...(waitMs === undefined ? {} : { waitMs: checkedWait(waitMs) }),
      ...(isKeeper ? { isKeeper } : {}),
    };
  }

  #take(): Promise<Taking> {
    this.#taking ??= import('./taking.ts').then(({ HeldLock, OneLock, withRetry }) => ({
      HeldLock,
      withRetry,
      oneLock: new OneLock(this.#loops, this.tools, this.#isForAll),
    }));
    return this.#taking;
  }

  async #hold(held: Held, beside: Beside | undefined, ttlMs: number | undefined): Promise<HeldLock> {
    const { HeldLock } = await this.#take();
    const lock = new HeldLock(this.#loops, held, beside, ttlMs);
    this.#held.add(lock);
    return lock;
  }
}

interface Taking {
  readonly HeldLock: typeof HeldLock;
  readonly withRetry: typeof TakingPart.withRetry;
  readonly oneLock: OneLock;
}

const longestName = 200;

function checkedName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '' || trimmed.length > longestName || /[\0-\x1f\x7f]/.test(trimmed)) {
    throw new LockError(
      'usage',
      `A holder's name has 1 to ${longestName} characters and no control characters.`,
      'Use the name of the loop, agent or person, such as nightly-loop.',
    );
  }
  return trimmed;
}
