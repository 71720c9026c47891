import type { Lock } from '../../core/lock.ts';
import type { Steps } from '../../os/os.ts';
import type { Claim, Elsewhere, TakingElsewhere } from '../../protocols/loops/elsewhere.ts';
import type { LoopsProtocol } from '../../protocols/loops/loops.ts';
import type { AcquireRequest, Disposable, Held } from '../../protocols/protocol.ts';
import { answerTo } from './answerTo.ts';
import { livingBeside } from './livingBeside.ts';
import { Beside } from './beside.ts';
import type { ToolSet } from './toolSet.ts';

/** The other tools, as one request of ours meets them; and what it has taken there. */
export class OtherTools implements Elsewhere {
  readonly #request: AcquireRequest;
  readonly #loops: LoopsProtocol;
  readonly #tools: ToolSet;
  readonly #isForAll: boolean;
  #beside: Beside | undefined;
  #mayRefuse = false;

  constructor(request: AcquireRequest, loops: LoopsProtocol, tools: ToolSet, isForAll: boolean) {
    this.#request = request;
    this.#loops = loops;
    this.#tools = tools;
    this.#isForAll = isForAll;
  }

  /** What was taken last; undefined where nothing had to be. */
  get beside(): Beside | undefined {
    return this.#beside;
  }

  get mayRefuse(): boolean {
    return this.#mayRefuse;
  }

  /** By a look that changes nothing. */
  *blockersOf(claim: Claim): Steps<readonly Lock[]> {
    return yield* answerTo(this.#blockersOf(claim));
  }

  *take(held: Held): Steps<TakingElsewhere> {
    return yield* answerTo(this.#take(held));
  }

  watch(onChange: () => void): Disposable {
    return this.#tools.watch(onChange);
  }

  /**
   * Where the kernel's locks are hidden from us, a look cannot tell a file that was left from one that is held. Whoever takes
   * the lock is told by the kernel itself.
   */
  async #blockersOf(claim: Claim): Promise<readonly Lock[]> {
    const { scope } = claim;
    const present = await this.#tools.present(scope);
    if (claim === this.#request) this.#mayRefuse = present.length > 0;
    if (present.length === 0) return [];
    const blockers = await this.#tools.blockersOf(scope, await this.#loops.living());
    if (!this.#isTakenBeside(claim)) return blockers;
    const isTried = ({ protocol }: Lock): boolean => this.#tools.find(protocol)?.concerns(scope) ?? false;
    return blockers.filter((lock) => lock.verdictReason !== 'lock-hidden' || !isTried(lock));
  }

  /** In the one order of the tools. A look first, which costs less than taking and giving back. */
  async #take({ id }: Held): Promise<TakingElsewhere> {
    this.#beside = undefined;
    // Asked anew: a tool may have come while the request waited.
    const present = await this.#tools.present(this.#request.scope);
    if (present.length === 0) return { kind: 'taken' };
    const inTheWay = await this.#blockersOf(this.#request);
    if (inTheWay.length > 0) return { kind: 'blocked', locks: inTheWay };
    if (!this.#isTakenBeside(this.#request)) return { kind: 'taken' };
    const living = livingBeside(id, this.#loops);
    const taken = await Beside.take(present, { ...this.#request, standsFor: { id, living } });
    // Perhaps by nobody that could be named: then he has let go since, and we have not got it all the same.
    if (!(taken instanceof Beside)) return { kind: 'blocked', locks: taken.locks };
    this.#beside = taken;
    return { kind: 'taken' };
  }

  #isTakenBeside({ mode }: Claim): boolean {
    return this.#isForAll && mode !== 'shared';
  }
}
