import { blocks, type Lock } from '../../core/lock.ts';
import type { Waiter } from '../../core/waiter.ts';
import type { Steps } from '../../os/os.ts';
import type { Elsewhere } from '../../protocols/loops/elsewhere.ts';
import type { LoopsProtocol } from '../../protocols/loops/loops.ts';
import type { AcquireRequest, Disposable, Held } from '../../protocols/protocol.ts';
import { answerTo } from './answerTo.ts';
import { livingBeside } from './livingBeside.ts';
import { Beside } from './beside.ts';
import type { ToolSet } from './toolSet.ts';

type Claim = Pick<Waiter, 'scope' | 'mode'>;

/** The other tools, as one request of ours meets them; and what it has taken there. */
export class OtherTools implements Elsewhere {
  readonly #request: AcquireRequest;
  readonly #loops: LoopsProtocol;
  readonly #tools: ToolSet;
  readonly #isForAll: boolean;
  #beside: Beside | undefined;

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

  /** By a look that changes nothing. */
  *blockersOf(claim: Claim): Steps<readonly Lock[]> {
    return yield* answerTo(this.#blockersOf(claim));
  }

  *take(held: Held): Steps<readonly Lock[]> {
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
    if ((await this.#tools.present(scope)).length === 0) return [];
    const blockers = await this.#tools.blockersOf(scope, (await this.#loops.list()).locks.filter(blocks));
    if (!this.#isTakenBeside(claim)) return blockers;
    const isTried = ({ protocol }: Lock): boolean => this.#tools.find(protocol)?.concerns(scope) ?? false;
    return blockers.filter((lock) => lock.verdictReason !== 'lock-hidden' || !isTried(lock));
  }

  /** In the one order of the tools. A look first, which costs less than taking and giving back. */
  async #take({ id }: Held): Promise<readonly Lock[]> {
    this.#beside = undefined;
    // Asked anew: a tool may have come while the request waited.
    const present = await this.#tools.present(this.#request.scope);
    if (present.length === 0) return [];
    const inTheWay = await this.#blockersOf(this.#request);
    if (inTheWay.length > 0 || !this.#isTakenBeside(this.#request)) return inTheWay;
    const living = livingBeside(id, this.#loops);
    const taken = await Beside.take(present, { ...this.#request, standsFor: { id, living } });
    if (!(taken instanceof Beside)) return taken.locks;
    this.#beside = taken;
    return [];
  }

  #isTakenBeside({ mode }: Claim): boolean {
    return this.#isForAll && mode !== 'shared';
  }
}
