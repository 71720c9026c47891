/** One lock for all (DESIGN 7): taken in the `loops` store and in every tool's files, all or nothing; and given back so. */
import { blocks, type Lock } from '../../core/lock.ts';
import type { LoopsProtocol } from '../../protocols/loops/loops.ts';
import type {
  AcquireRequest,
  Changed,
  Conflict,
  Gone,
  Held,
  LockProtocol,
  Reaped,
  Released,
  RemovalReason,
  StillLive,
  ToolProtocol,
} from '../../protocols/protocol.ts';
import { Beside } from './beside.ts';
import { livingBeside } from './livingBeside.ts';
import { OtherTools } from './otherTools.ts';
import type { ToolSet } from './toolSet.ts';

export type Taken = { readonly kind: 'acquired'; readonly held: Held; readonly beside: Beside | undefined };

export class OneLock {
  readonly #loops: LoopsProtocol;
  readonly #tools: ToolSet;
  readonly #isForAll: boolean;

  constructor(loops: LoopsProtocol, tools: ToolSet, isForAll: boolean) {
    this.#loops = loops;
    this.#tools = tools;
    this.#isForAll = isForAll;
  }

  /**
   * First a look at what other tools hold; then our own store, whose gate orders all of us; then the others again, in their
   * one order. Whoever is in the way there lets us give all back and, where the request waits, go on waiting in its place:
   * nobody holds one while he waits for another.
   */
  async acquire(
    request: AcquireRequest,
    signal: AbortSignal,
    onBlocked?: (conflict: Conflict) => void,
  ): Promise<Taken | Conflict> {
    const others = new OtherTools(request, this.#loops, this.#tools, this.#isForAll);
    const outcome = await this.#loops.acquire(request, signal, onBlocked, others);
    return outcome.kind === 'acquired' ? { ...outcome, beside: others.beside } : outcome;
  }

  /** Where a lock may stand besides. Asked before a transfer: whatever can fail has to fail while the lock has its holder. */
  async toolsBeside({ scope, mode }: Pick<Held, 'scope' | 'mode'>): Promise<readonly ToolProtocol[]> {
    const present = await this.#tools.present(scope);
    return present.filter(({ line }) => line !== undefined || (this.#isForAll && mode !== 'shared'));
  }

  /**
   * After a transfer: what stands for the lock elsewhere is taken over too, at once or as soon as it is let go. Never rejects,
   * as nobody else has the lock any more.
   * @param former who held it until then
   */
  async takeOver(held: Held, former: Lock['holder'], tools: readonly ToolProtocol[]): Promise<Beside | undefined> {
    if (tools.length === 0) return undefined;
    const { id, scope, mode, holderName, session } = held;
    const living = livingBeside(id, this.#loops);
    const request: AcquireRequest = {
      scope,
      mode,
      holderName,
      session,
      tool: 'transfer',
      standsFor: { id, living, isHandedOver: true },
    };
    return await Beside.takeOver(
      tools,
      request,
      former.pidNamespace === this.#tools.here.pidNamespace ? former.pid : undefined,
    );
  }

  async reap(lock: Lock): Promise<Reaped | StillLive | Gone> {
    if (lock.verdictReason === 'owner-gone') {
      const { locks } = await this.#loops.list();
      const owner = locks.find(({ id }) => id === lock.standsFor);
      if (owner && blocks(owner)) return { kind: 'still-live', lock: owner };
    }
    const outcome = await this.#protocolOf(lock).reap(lock);
    if (outcome.kind === 'reaped') await this.#removeProjections(lock);
    return outcome;
  }

  async forceRelease(lock: Lock, why: RemovalReason): Promise<Released | Changed | Gone> {
    const outcome = await this.#protocolOf(lock).forceRelease(lock, why);
    if (outcome.kind === 'released') await this.#removeProjections(lock);
    return outcome;
  }

  #protocolOf(lock: Lock): Pick<LockProtocol, 'reap' | 'forceRelease'> {
    return this.#tools.find(lock.protocol) ?? this.#loops;
  }

  /** What stood for a lock that is gone now; its tool would obey it for some minutes more. */
  async #removeProjections({ id }: Lock): Promise<void> {
    for (const lock of (await this.#tools.list()).locks) {
      if (lock.standsFor === id) await this.#tools.find(lock.protocol)?.reap({ ...lock, verdictReason: 'owner-gone' });
    }
  }
}
