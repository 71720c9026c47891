/**
 * Start here: locks in an etcd cluster, for as many machines as reach it (DESIGN 6.3, DEPENDENCIES 5). How the folder
 * hangs together:
 *
 *     acquire     the rules: a look, and one transaction that is guarded by epochs    (over `port`, real or simulated)
 *     lease       one for each process: what it holds goes with it; lost by our clocks before the cluster gives it away
 *     liveView    what stands in the cluster, by a watch                              → view, record, relativeScope, keys
 *     gateway     etcd's JSON gateway: fail-over, credentials
 */
import { Emitter } from '../../core/emitter.ts';
import { LockError } from '../../core/errors.ts';
import type { Lock, LockId } from '../../core/lock.ts';
import type { Scope } from '../../core/scope/entry.ts';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { drive, type Os } from '../../os/os.ts';
import type {
  AcquireRequest,
  Acquired,
  Capabilities,
  Changed,
  ClusterClaim,
  Conflict,
  Disposable,
  Gone,
  HeldElsewhere,
  Line,
  Listing,
  LossCause,
  Lost,
  Obstacles,
  Reaped,
  Released,
  Remark,
  RemovalReason,
  Renewed,
  StandsFor,
  StillLive,
  ToolProtocol,
} from '../protocol.ts';
import { givingUp, lockKey, obstaclesOf, removal, standing, take, type Claim } from './acquire.ts';
import type { Clocks } from './clocks.ts';
import type { Gateway } from './gateway.ts';
import { everywhere } from './epochs.ts';
import { Keys } from './keys.ts';
import { Lease } from './lease.ts';
import { LiveView } from './liveView.ts';
import { keyOf, observeLock, observeWaiter, type Onlooker } from './observe.ts';
import type { ClusterPort } from './port.ts';
import { encodeRecord, type ClusterRecord } from './record.ts';
import { relativeScope } from './relativeScope.ts';
import { readEnd, type End } from './end.ts';
import type { KeyValue, LeaseId } from './transaction.ts';
import { View, type Placed } from './view.ts';

export interface EtcdOptions {
  readonly gateway: Gateway;
  readonly namespace: string;
  /** Seconds after which a holder that nobody hears of has lost its locks. */
  readonly ttlS: number;
  readonly root: string;
  readonly caseRule: CaseRule;
  /** Which store of which machine we are: what stands here for a lock of another one is another's. */
  readonly store: string;
  /** Locks of these are `mine`. */
  readonly sessions: ReadonlySet<string>;
  readonly clocks: Clocks;
}

/** What we hold there. */
interface Own {
  readonly claim: Claim;
  readonly key: string;
  readonly modRevision: number;
  readonly lease: Lease;
  readonly held: HeldElsewhere;
}

/** In the line; it goes with its lease. */
interface Place {
  readonly lease: LeaseId;
  isTaken: boolean;
}

const goesByItself = 'The cluster itself drops the lock of a holder that it has not heard of for the TTL.';

const seeRunning = 'docs/etcd.md, Running the cluster, says what to do.';

/** So long people can be told who removed a lock. */
const rememberedS = 600;

/** Who inherits a lock tries for five seconds to get what stands for it (`Beside`). */
const inheritingMs = 10_000;

/** So long a request that waits sleeps where nothing tells it of a change. */
const recheckMs = 1_000;

export class EtcdProtocol implements ToolProtocol {
  readonly id = 'etcd';
  readonly can: Capabilities = { acquire: true, renew: true, wait: true, reap: goesByItself, forceRelease: true };
  readonly line: Line;
  readonly #os: Os;
  readonly #options: EtcdOptions;
  readonly #keys: Keys;
  readonly #view: LiveView;
  readonly #onlooker: Onlooker;
  readonly #own = new Map<LockId, Own>();
  /** Requests of ours that stand in the line, or are about to. */
  readonly #places = new Map<LockId, Place>();
  readonly #overs = new Emitter<void>();
  /** Keys that are perhaps being put. */
  readonly #inFlight = new Set<string>();
  #lease: Promise<Lease> | undefined;
  /** Keys under our lease that others of our store have inherited, and until when they have time to take them over. */
  readonly #handedOn = new Map<string, number>();

  constructor(os: Os, options: EtcdOptions) {
    this.#os = os;
    this.#options = options;
    this.#keys = new Keys(options.namespace);
    this.#view = new LiveView(options.gateway, this.#keys, options.root);
    const { root, store, sessions } = options;
    this.#onlooker = { root, store, sessions, identity: os.identity() };
    this.line = {
      obstacles: (claim) => this.#obstacles(claim),
      enter: (request, id) => this.#enter(request, id),
      leave: (id) => this.#leave(id),
    };
  }

  isPresent(): Promise<boolean> {
    return Promise.resolve(true);
  }

  /** What lies outside the root means nothing to other machines. */
  concerns(scope: Scope): boolean {
    return relativeScope(scope, this.#options.root).length > 0;
  }

  async list(): Promise<Listing> {
    const { all } = await this.#view.readAll();
    const line = all.filter(({ kind }) => kind === 'waiter').sort((a, b) => a.createRevision - b.createRevision);
    return {
      locks: all.filter(({ kind }) => kind === 'lock').map((placed) => observeLock(placed, this.#onlooker)),
      waiters: line.flatMap((placed, i) => observeWaiter(placed, this.#onlooker, i + 1) ?? []),
    };
  }

  watch(onChange: () => void): Disposable {
    const watches = [this.#view.watch(onChange), this.#overs.subscribe(onChange)];
    return {
      dispose() {
        for (const watch of watches) watch.dispose();
      },
    };
  }

  async acquire(
    request: AcquireRequest,
    signal: AbortSignal,
    onBlocked: (conflict: Conflict) => void = () => undefined,
  ): Promise<Acquired<HeldElsewhere> | Conflict> {
    const claim = this.#claimOf(request, request.standsFor?.id ?? (this.#os.uuid() as LockId));
    const { standsFor } = request;
    const waitMs = request.waitMs ?? 0;
    const until = this.#os.monotonic() + waitMs;
    let change = new AbortController();
    const watching = waitMs > 0 ? this.watch(() => change.abort()) : undefined;
    let told = '';
    try {
      for (;;) {
        change = new AbortController(); // before the look, so that nothing changes unseen
        assertWanted(signal);
        const outcome = await this.#take(claim, this.#portFor(standsFor && (() => livingIds(standsFor, this.#os))));
        if (outcome.kind === 'taken') return { kind: 'acquired', held: outcome.held };
        const leftMs = until - this.#os.monotonic();
        const { locks, waiters } = outcome;
        const conflict: Conflict = { kind: 'conflict', locks, waiters, timedOut: waitMs > 0 && leftMs <= 0 };
        if (leftMs <= 0) return conflict;
        await this.#enter(request, claim.id);
        const standing = [...locks, ...waiters].map(({ id }) => id).join();
        if (standing !== told) onBlocked(conflict);
        told = standing;
        await this.#os.sleep(Math.min(recheckMs, leftMs), AbortSignal.any([change.signal, signal]));
      }
    } finally {
      watching?.dispose();
      await this.#leave(claim.id);
    }
  }

  async renew(held: HeldElsewhere, ttlMs: number | undefined): Promise<Renewed<HeldElsewhere> | Lost> {
    const cause = await this.lossOf(held);
    const own = this.#own.get(held.id);
    if (cause || !own) return { kind: 'lost', cause: cause ?? this.#lostElsewhere };
    if (ttlMs === undefined) return { kind: 'renewed', held };
    const expiresAt = this.#os.now() + ttlMs;
    const record: ClusterRecord = { ...own.claim.record, renewedAt: this.#os.now(), expiresAt, ttlMs };
    const outcome = await this.#options.gateway.commit({
      compare: [{ kind: 'modified-at', key: own.key, revision: own.modRevision }],
      changes: [{ kind: 'put', key: own.key, value: encodeRecord(record), lease: own.lease.id }],
      otherwise: [{ key: own.key }],
    });
    const found = outcome.kind === 'refused' ? outcome.found[0] : undefined;
    const modRevision =
      outcome.kind === 'committed' ? outcome.revision : found?.lease === own.lease.id ? found.modRevision : undefined;
    if (modRevision === undefined) return { kind: 'lost', cause: await this.#endOf(own) };
    const renewed = { ...held, expiresAt };
    if (this.#own.get(held.id) === own)
      this.#own.set(held.id, { ...own, claim: { ...own.claim, record }, modRevision, held: renewed });
    return { kind: 'renewed', held: renewed };
  }

  /** Where the cluster cannot be reached, it goes with its lease, or as soon as it can. */
  async release({ id }: HeldElsewhere): Promise<void> {
    const own = this.#own.get(id);
    this.#own.delete(id);
    if (own && !own.lease.isOver) await this.#remove(own.key, own.lease.id);
  }

  /** Whoever has taken it over has put it under a lease of its own. */
  abandon({ id }: HeldElsewhere): Promise<void> {
    const own = this.#own.get(id);
    this.#own.delete(id);
    if (own) this.#handedOn.set(own.key, this.#os.monotonic() + inheritingMs);
    return Promise.resolve();
  }

  /** What the dead of our own store have left, which `OneLock` has found out; of another's the cluster judges. */
  async reap(lock: Lock): Promise<Reaped | StillLive | Gone> {
    if (lock.verdictReason !== 'owner-gone')
      throw new LockError('not-supported', 'Locks in a cluster are not reaped.', goesByItself);
    const placed = await this.#find(lock);
    if (!placed) return { kind: 'gone' };
    const now = observeLock(placed, this.#onlooker);
    const isLeft = now.standsFor !== undefined && now.fingerprint === lock.fingerprint;
    const outcome = isLeft && (await this.#options.gateway.commit(removal(placed)));
    return outcome && outcome.kind === 'committed' ? { kind: 'reaped', lock } : { kind: 'still-live', lock: now };
  }

  async forceRelease(lock: Lock, event: RemovalReason): Promise<Released | Changed | Gone> {
    const placed = await this.#find(lock);
    if (!placed) return { kind: 'gone' };
    const now = observeLock(placed, this.#onlooker);
    if (now.fingerprint !== lock.fingerprint) return { kind: 'changed', lock: now };
    const { user, pid, host } = this.#os.identity();
    const end: End = { event, by: `${user}, pid ${pid} on ${host}`, at: this.#os.now() };
    const { lease } = await this.#options.gateway.grantLease(rememberedS);
    const { compare, changes, otherwise } = removal(placed);
    const note = { kind: 'put', key: this.#keys.end(placed.id), value: JSON.stringify(end), lease } as const;
    const outcome = await this.#options.gateway.commit({ compare, changes: [...changes, note], otherwise });
    return outcome.kind === 'committed' ? { kind: 'released', lock: now } : { kind: 'changed', lock: now };
  }

  /** What our own clocks say, without asking anybody. */
  lossNow({ id }: HeldElsewhere): LossCause | undefined {
    return this.#own.get(id)?.lease.isOver ? { kind: 'lease-over', protocol: this.id } : undefined;
  }

  async lossOf(held: HeldElsewhere): Promise<LossCause | undefined> {
    const own = this.#own.get(held.id);
    if (!own) return undefined;
    try {
      const isThere = await this.#isThere(own);
      // Meanwhile it may have been renewed, or given back; and the lease says how long we may go on.
      if (this.#own.get(held.id) !== own || isThere) return this.lossNow(held);
      return this.lossNow(held) ?? (await this.#endOf(own));
    } catch (error) {
      if (error instanceof LockError) return this.lossNow(held);
      throw error;
    }
  }

  async describe(): Promise<readonly Remark[]> {
    const { gateway, namespace, ttlS } = this.#options;
    const members = (await gateway.describe()).flatMap((member): readonly Remark[] => {
      if ('trouble' in member) return [{ level: 'problem', text: `etcd at ${member.endpoint}: ${member.trouble}` }];
      const { endpoint, version, alarms } = member;
      return [
        { level: 'ok', text: `etcd at ${endpoint}: version ${version}` },
        ...alarms.map((alarm): Remark => ({
          level: 'problem',
          text: `etcd at ${endpoint}: ${alarm}`,
          hint: seeRunning,
        })),
      ];
    });
    try {
      await gateway.find(this.#keys.epoch(everywhere));
      return [{ level: 'ok', text: `etcd: namespace ${namespace}; TTL ${ttlS} s` }, ...members];
    } catch (error) {
      if (!(error instanceof LockError)) throw error;
      return [{ level: 'problem', text: error.message, hint: error.hint }, ...members];
    }
  }

  /** Gives up the lease, and with it all that is still held. */
  async close(): Promise<void> {
    this.#view.close();
    const lease = await this.#lease?.catch(() => undefined);
    this.#lease = undefined;
    lease?.stop();
    // What is handed on may not have been taken yet: then it stays until somebody takes it, or the lease runs out.
    const isAwaited = [...this.#handedOn.values()].some((until) => this.#os.monotonic() < until);
    if (lease && !lease.isOver && !isAwaited) await this.#options.gateway.revoke(lease.id).catch(() => undefined); // it runs out by itself
    this.#options.gateway.close();
  }

  async #isThere({ key, modRevision, lease }: Own): Promise<boolean> {
    const { told } = this.#view;
    if (!told) return (await this.#options.gateway.find(key))?.lease === lease.id;
    return told.revision < modRevision || told.find(key)?.lease === lease.id; // or it has not told of our own doing yet
  }

  /** Why a lock of ours does not stand there any more. */
  async #endOf({ claim: { id }, key }: Own): Promise<LossCause> {
    const successor = await this.#options.gateway.find(key);
    if (successor) {
      const { record } = this.#placed(successor) ?? {};
      const by = record ? `${record.name}, pid ${record.pid} on ${record.host}` : 'another process';
      return { kind: 'removed', event: 'transferred', by, at: this.#os.now() };
    }
    const end = await this.#options.gateway.find(this.#keys.end(id));
    return (end && readEnd(end.value)) ?? this.#lostElsewhere;
  }

  get #lostElsewhere(): LossCause {
    return { kind: 'lost-elsewhere', protocol: this.id };
  }

  async #take(
    claim: Claim,
    port: ClusterPort,
  ): Promise<{ readonly kind: 'taken'; readonly held: HeldElsewhere } | ({ readonly kind: 'blocked' } & Obstacles)> {
    const { id, record } = claim;
    const key = lockKey(claim, this.#keys);
    this.#inFlight.add(key);
    try {
      const outcome = await take(claim, port, this.#keys);
      if (outcome.kind === 'blocked') return { kind: 'blocked', ...this.#seen(outcome) };
      const lease = await this.#leaseNow();
      if (lease.id !== outcome.lease) throw tooLate();
      const { scope, mode, name, session, acquiredAt, expiresAt } = record;
      const held: HeldElsewhere = {
        id,
        protocol: this.id,
        scope,
        mode,
        holderName: name,
        session,
        acquiredAt,
        token: `etcd:${outcome.createRevision}`,
        files: [`etcd:${key}`],
        ...(expiresAt === undefined ? {} : { expiresAt }),
      };
      this.#own.set(id, { claim, key, modRevision: outcome.modRevision, lease, held });
      this.#places.delete(id); // the transaction has taken it away
      return { kind: 'taken', held };
    } finally {
      this.#inFlight.delete(key);
    }
  }

  async #obstacles({ scope, mode, id }: ClusterClaim): Promise<Obstacles> {
    const claim = this.#claimOf({ scope, mode, holderName: '', session: '', tool: '' }, id ?? ('' as LockId));
    // What stands here for locks of our own store is in nobody's way: its gate decides about those.
    const port = this.#portFor(() => Promise.resolve(new Set()));
    return this.#seen(await obstaclesOf(claim, port, this.#keys));
  }

  /** Again where an outage has lasted longer than the lease, or the last try came to nothing. */
  async #enter(request: AcquireRequest, id: LockId): Promise<void> {
    const { id: lease } = await this.#leaseNow();
    const known = this.#places.get(id);
    if (known?.isTaken && known.lease === lease) return;
    const place: Place = { lease, isTaken: false };
    this.#places.set(id, place);
    const outcome = await this.#options.gateway.commit(standing(this.#claimOf(request, id), lease, this.#keys));
    // One under the former lease is about to go, with it.
    place.isTaken = outcome.kind === 'committed' || outcome.found.some((found) => found.lease === lease);
  }

  async #leave(id: LockId): Promise<void> {
    const place = this.#places.get(id);
    if (!place) return;
    this.#places.delete(id);
    await this.#remove(this.#keys.waiter(id), place.lease);
  }

  /**
   * Deletes a key that is still under our lease: whoever takes a lock over puts it under its own. Where the cluster cannot be
   * reached, it goes later (`#tidy`), or with the lease.
   */
  async #remove(key: string, lease: LeaseId): Promise<void> {
    await this.#options.gateway.commit(givingUp(key, lease)).catch((error: unknown) => {
      if (!(error instanceof LockError)) throw error;
    });
  }

  /**
   * Deletes what stands under our lease without our knowing: put by a request whose answer never came, perhaps long after.
   * What it lists was put before; so what is neither known nor in flight now is wanted by nobody.
   */
  async #tidy(lease: Lease): Promise<void> {
    if (!this.#options.gateway.hasDoubts && this.#handedOn.size === 0) return;
    for (const key of await this.#options.gateway.keysOf(lease.id)) {
      const about = this.#keys.read(key);
      const isWanted =
        !about ||
        this.#inFlight.has(key) ||
        this.#os.monotonic() < (this.#handedOn.get(key) ?? -Infinity) ||
        (about.kind === 'lock' ? this.#own.has(about.id) : this.#places.has(about.id));
      if (!isWanted) await this.#remove(key, lease.id);
    }
    for (const [key, until] of this.#handedOn) if (this.#os.monotonic() >= until) this.#handedOn.delete(key);
  }

  /** One for all requests, also for those that ask for the first at once. */
  #leaseNow(): Promise<Lease> {
    this.#lease = this.#livingLease(this.#lease);
    return this.#lease;
  }

  async #livingLease(former: Promise<Lease> | undefined): Promise<Lease> {
    const known = await former?.catch(() => undefined); // who asked then has been told
    if (known && !known.isOver) return known;
    const { gateway, clocks, ttlS } = this.#options;
    return await Lease.grant(ttlS, {
      gateway,
      readable: this.#keys.epoch(everywhere),
      clocks,
      onOver: () => this.#overs.fire(),
      onContact: (lease) => void this.#tidy(lease).catch(() => undefined), // the next contact tries again
    });
  }

  #portFor(living: (() => Promise<ReadonlySet<LockId>>) | undefined): ClusterPort {
    const { gateway } = this.#options;
    return {
      view: (epochs, atLeast) => this.#view.readNear(epochs, atLeast),
      commit: (transaction) => gateway.commit(transaction),
      lease: async () => (await this.#leaseNow()).id,
      living: () => living?.(),
    };
  }

  #claimOf(request: AcquireRequest, id: LockId): Claim {
    const { scope, mode, holderName, session, tool, reason, ttlMs, isKeeper } = request;
    const { root, caseRule, store } = this.#options;
    const { user, host, pid, machineId, bootId, pidNamespace, startTime } = this.#os.identity();
    const acquiredAt = this.#os.now();
    const record: ClusterRecord = {
      name: holderName,
      entries: relativeScope(scope, root),
      scope,
      folds: caseRule.fold,
      mode,
      session,
      store,
      root,
      user,
      host,
      pid,
      tool,
      acquiredAt,
      ...(machineId === undefined ? {} : { machineId }),
      ...(bootId === undefined ? {} : { bootId }),
      ...(pidNamespace === undefined ? {} : { pidNamespace }),
      ...(startTime === undefined ? {} : { startTime }),
      ...(reason === undefined ? {} : { reason }),
      ...(isKeeper === undefined ? {} : { isKeeper }),
      ...(ttlMs === undefined ? {} : { ttlMs, expiresAt: acquiredAt + ttlMs }),
    };
    return { id, takesOver: request.standsFor?.isHandedOver ?? false, record };
  }

  #seen({ locks, ahead }: { readonly locks: readonly Placed[]; readonly ahead: readonly Placed[] }): Obstacles {
    return {
      locks: locks.map((placed) => observeLock(placed, this.#onlooker)),
      waiters: ahead.flatMap((placed) => observeWaiter(placed, this.#onlooker) ?? []),
    };
  }

  async #find(lock: Lock): Promise<Placed | undefined> {
    const key = keyOf(lock);
    const pair = key === undefined ? undefined : await this.#options.gateway.find(key);
    return pair && this.#placed(pair);
  }

  #placed(pair: KeyValue): Placed | undefined {
    return new View(this.#keys, this.#options.root, [pair], 0).find(pair.key);
  }
}

/** The locks of our store beside which it is taken. */
async function livingIds({ living }: StandsFor, os: Os): Promise<ReadonlySet<LockId>> {
  return new Set((await drive(os, living())).map(({ id }) => id));
}

function tooLate(): LockError {
  return new LockError(
    'etcd-unreachable',
    'The etcd cluster answered so late that the lock may be lost already.',
    'Nothing is locked. Try again.',
  );
}

function assertWanted(signal: AbortSignal): void {
  if (signal.aborted) throw new LockError('cancelled', 'The request was cancelled.', 'Nothing was locked.');
}
