/** The other tools at work in a workspace, seen as one: what they hold, and what is taken there beside a lock of ours. */
import { LockError } from '../../core/errors.ts';
import { blocks, type Lock, type ProtocolId } from '../../core/lock.ts';
import { ownerOf, type Here } from '../../core/projections.ts';
import type { Scope } from '../../core/scope/entry.ts';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { drive, type Os } from '../../os/os.ts';
import type { Disposable, ToolProtocol } from '../../protocols/protocol.ts';
import { scopesMeet } from '../../protocols/scopesMeet.ts';

export interface ToolListing {
  readonly locks: readonly Lock[];
  readonly unread: readonly { readonly protocol: ToolProtocol; readonly problem: LockError }[];
  readonly problems: readonly LockError[];
}

export class ToolSet {
  /** In the one order in which everybody takes them (DESIGN 7). */
  readonly protocols: readonly ToolProtocol[];
  readonly #os: Os;
  readonly here: Here;

  constructor(protocols: readonly ToolProtocol[], os: Os, caseRule: CaseRule) {
    this.protocols = protocols;
    this.#os = os;
    this.here = { caseRule, pidNamespace: os.identity().pidNamespace };
  }

  find(id: ProtocolId): ToolProtocol | undefined {
    return this.protocols.find((protocol) => protocol.id === id);
  }

  /** @param scope what somebody is about to ask for: a tool may keep locks of its own deep below the root, near it */
  async present(scope?: Scope): Promise<readonly ToolProtocol[]> {
    const answers = await Promise.all(this.protocols.map((protocol) => protocol.isPresent(scope)));
    return this.protocols.filter((_, i) => answers[i]);
  }

  /** What all of them hold; where one cannot be read, why, and what the others hold. */
  async list(): Promise<ToolListing> {
    const present = await this.present();
    const outcomes = await Promise.allSettled(present.map((protocol) => protocol.list()));
    const locks: Lock[] = [];
    const unread: { readonly protocol: ToolProtocol; readonly problem: LockError }[] = [];
    for (const [i, outcome] of outcomes.entries()) {
      const protocol = present[i];
      if (outcome.status === 'fulfilled') locks.push(...outcome.value.locks);
      else if (outcome.reason instanceof LockError && protocol) unread.push({ protocol, problem: outcome.reason });
      else throw outcome.reason;
    }
    return { locks, unread, problems: unread.map(({ problem }) => problem) };
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
   * Their locks in the way of this scope, by a look that changes nothing. What stands for one of ours is not theirs.
   * @throws LockError `store-not-readable` of a tool that the scope concerns
   */
  async blockersOf(scope: Scope, living: readonly Lock[]): Promise<readonly Lock[]> {
    const { locks, unread } = await this.list();
    const inTheDark = unread.find(({ protocol }) => protocol.concerns(scope));
    if (inTheDark) throw inTheDark.problem;
    const blockers: Lock[] = [];
    for (const lock of locks) {
      if (!blocks(lock) || lock.standsFor !== undefined || ownerOf(lock, living, this.here)) continue;
      if (await this.#meet(scope, lock)) blockers.push(lock);
    }
    return blockers;
  }

  /** Whether two locks of different tools really have something in common. */
  #meet(scope: Scope, lock: Lock): Promise<boolean> {
    // What cannot be read may be about anything.
    if (lock.verdictReason === 'unreadable') return Promise.resolve(true);
    return drive(this.#os, scopesMeet(scope, lock.scope, this.here.caseRule));
  }
}
