/** The other tools at work in a workspace, seen as one: what they hold, and what is taken there beside a lock of ours. */
import { blocks, type Lock, type ProtocolId } from '../../core/lock.ts';
import type { Scope } from '../../core/scope/entry.ts';
import type { CaseRule } from '../../core/scope/foldCase.ts';
import { drive, type Os } from '../../os/os.ts';
import type { Disposable, ToolProtocol } from '../../protocols/protocol.ts';
import { scopesMeet } from '../../protocols/scopesMeet.ts';

export class ToolSet {
  /** In the one order in which everybody takes them (DESIGN 7). */
  readonly protocols: readonly ToolProtocol[];
  readonly #os: Os;
  readonly #caseRule: CaseRule;

  constructor(protocols: readonly ToolProtocol[], os: Os, caseRule: CaseRule) {
    this.protocols = protocols;
    this.#os = os;
    this.#caseRule = caseRule;
  }

  find(id: ProtocolId): ToolProtocol | undefined {
    return this.protocols.find((protocol) => protocol.id === id);
  }

  async present(): Promise<readonly ToolProtocol[]> {
    const answers = await Promise.all(this.protocols.map((protocol) => protocol.isPresent()));
    return this.protocols.filter((_, i) => answers[i]);
  }

  async list(): Promise<readonly Lock[]> {
    const listings = await Promise.all((await this.present()).map((protocol) => protocol.list()));
    return listings.flatMap(({ locks }) => locks);
  }

  watch(onChange: () => void): Disposable {
    const watches = this.protocols.map((protocol) => protocol.watch(onChange));
    return {
      dispose() {
        for (const watch of watches) watch.dispose();
      },
    };
  }

  /** Their locks in the way of this scope, by a look that changes nothing. What stands for one of ours is not theirs. */
  async blockersOf(scope: Scope, living: readonly Lock[]): Promise<readonly Lock[]> {
    const pids = new Set(living.map(({ holder }) => holder.pid));
    const blockers: Lock[] = [];
    for (const lock of await this.list()) {
      const isOurs = lock.standsFor !== undefined || (lock.holder.pid !== undefined && pids.has(lock.holder.pid));
      if (blocks(lock) && !isOurs && (await this.#meet(scope, lock))) blockers.push(lock);
    }
    return blockers;
  }

  /** Whether two locks of different tools really have something in common. */
  #meet(scope: Scope, lock: Lock): Promise<boolean> {
    // What cannot be read may be about anything.
    if (lock.verdictReason === 'unreadable') return Promise.resolve(true);
    return drive(this.#os, scopesMeet(scope, lock.scope, this.#caseRule));
  }
}
