/** The other tools at work in a workspace, seen as one: what they hold, and what is taken there beside a lock of ours. */
import { LockError } from '../../core/errors.ts';
import { blocks, type Lock, type LockId, type ProtocolId } from '../../core/lock.ts';
import { ownerOf, type Here } from '../../core/projections.ts';
import type { Scope } from '../../core/scope/entry.ts';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { drive, type Os, type Steps } from '../../os/os.ts';
import type { Waiter } from '../../core/waiter.ts';
import type {
  AcquireRequest,
  ClusterClaim,
  Disposable,
  Line,
  Obstacles,
  ToolProtocol,
} from '../../protocols/protocol.ts';
import { scopesMeet } from '../../protocols/scopesMeet.ts';

export interface ToolListing {
  /** Those that are at work here and could be read. */
  readonly present: readonly ToolProtocol[];
  readonly locks: readonly Lock[];
  /** Of clusters; what waits here stands among them too. */
  readonly waiters: readonly Waiter[];
  readonly unread: readonly { readonly protocol: ToolProtocol; readonly problem: LockError }[];
  readonly problems: readonly LockError[];
}

export class ToolSet {
  /** In the one order in which everybody takes them (DESIGN 7). */
  readonly protocols: readonly ToolProtocol[];
  readonly #os: Os;
  readonly here: Here;
  #seemsAlone = false;

  constructor(protocols: readonly ToolProtocol[], os: Os, caseRule: CaseRule) {
    this.protocols = protocols;
    this.#os = os;
    this.here = { caseRule, pidNamespace: os.identity().pidNamespace };
  }

  find(id: ProtocolId): ToolProtocol | undefined {
    return this.protocols.find((protocol) => protocol.id === id);
  }

  /**
   * False: none is at work here, by a look of some system calls that loads nothing.
   * @param scope as in `present`
   */
  *mayBePresent(scope: Scope): Steps<boolean> {
    this.#seemsAlone = false;
    for (const protocol of this.protocols) {
      if (protocol.mayBePresent === undefined || (yield* protocol.mayBePresent(scope))) return true;
    }
    this.#seemsAlone = true;
    return false;
  }

  /** Whether the last such look, for whatever scope, found none. */
  get seemsAlone(): boolean {
    return this.#seemsAlone;
  }

  /** @param scope what somebody is about to ask for: a tool may keep locks of its own deep below the root, near it */
  async present(scope?: Scope): Promise<readonly ToolProtocol[]> {
    const answers = await Promise.all(this.protocols.map((protocol) => protocol.isPresent(scope)));
    return this.protocols.filter((_, i) => answers[i]);
  }

  /** What all of them hold; where one cannot be read, why, and what the others hold. */
  async list(among: readonly ToolProtocol[] = this.protocols): Promise<ToolListing> {
    const listings = among.map(async (protocol) => ((await protocol.isPresent()) ? await protocol.list() : undefined));
    const outcomes = await Promise.allSettled(listings);
    const listing = { present: [] as ToolProtocol[], locks: [] as Lock[], waiters: [] as Waiter[] };
    const unread: { readonly protocol: ToolProtocol; readonly problem: LockError }[] = [];
    for (const [i, outcome] of outcomes.entries()) {
      const protocol = among[i];
      if (!protocol) continue;
      if (outcome.status === 'rejected') {
        if (!(outcome.reason instanceof LockError)) throw outcome.reason;
        unread.push({ protocol, problem: outcome.reason });
      } else if (outcome.value) {
        listing.present.push(protocol);
        listing.locks.push(...outcome.value.locks);
        listing.waiters.push(...outcome.value.waiters);
      }
    }
    return { ...listing, unread, problems: unread.map(({ problem }) => problem) };
  }

  watch(onChange: () => void): Disposable {
    const watches = this.protocols.map((protocol) => protocol.watch(onChange));
    return {
      dispose() {
        for (const watch of watches) watch.dispose();
      },
    };
  }

  /**
   * What is in the way of a claim, by a look that changes nothing. What stands for one of ours is not theirs.
   * @throws LockError `store-not-readable`, `etcd-unreachable` of a tool that the scope concerns
   */
  async blockersOf(claim: ClusterClaim, living: readonly Lock[]): Promise<Obstacles> {
    const { scope } = claim;
    const { locks, unread } = await this.list(this.protocols.filter(({ line }) => line === undefined));
    const inTheDark = unread.find(({ protocol }) => protocol.concerns(scope));
    if (inTheDark) throw inTheDark.problem;
    const blockers: Lock[] = [];
    for (const lock of locks) {
      if (!blocks(lock) || lock.standsFor !== undefined || ownerOf(lock, living, this.here)) continue;
      if (await this.#meet(scope, lock)) blockers.push(lock);
    }
    const inLine = await Promise.all(this.#lines(scope).map((line) => line.obstacles(claim)));
    return {
      locks: [...blockers, ...inLine.flatMap((obstacles) => obstacles.locks)],
      waiters: inLine.flatMap(({ waiters }) => waiters),
    };
  }

  /** A place in the line of each cluster. */
  async enter(request: AcquireRequest, id: LockId): Promise<void> {
    await Promise.all(this.#lines(request.scope).map((line) => line.enter(request, id)));
  }

  async leave({ scope }: AcquireRequest, id: LockId): Promise<void> {
    await Promise.all(this.#lines(scope).map((line) => line.leave(id)));
  }

  async close(): Promise<void> {
    for (const protocol of this.protocols) await protocol.close?.();
  }

  #lines(scope: Scope): readonly Line[] {
    return this.protocols.flatMap((protocol) => (protocol.line && protocol.concerns(scope) ? [protocol.line] : []));
  }

  /** Whether two locks of different tools really have something in common. */
  #meet(scope: Scope, lock: Lock): Promise<boolean> {
    // What cannot be read may be about anything.
    if (lock.verdictReason === 'unreadable') return Promise.resolve(true);
    return drive(this.#os, scopesMeet(scope, lock.scope, this.here.caseRule));
  }
}
