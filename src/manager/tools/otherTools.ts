import type { Lock, LockId } from '../../core/lock.ts';
import type { Steps } from '../../os/os.ts';
import type { Claim, Elsewhere, TakingElsewhere } from '../../protocols/loops/elsewhere.ts';
import type { LoopsProtocol } from '../../protocols/loops/loops.ts';
import type { AcquireRequest, Disposable, Held, Obstacles, ToolProtocol } from '../../protocols/protocol.ts';
import { answerTo } from './answerTo.ts';
import { livingBeside } from './livingBeside.ts';
import { Beside } from './beside.ts';
import type { ToolSet } from './toolSet.ts';

const nothing: Obstacles = { locks: [], waiters: [] };

/** The other tools, as one request of ours meets them; and what it has taken there. */
export class OtherTools implements Elsewhere {
  readonly #request: AcquireRequest;
  readonly #loops: LoopsProtocol;
  readonly #tools: ToolSet;
  readonly #isForAll: boolean;
  #beside: Beside | undefined;
  #mayRefuse = false;
  #isNew = true;
  /** Where it stands in line, if it does. */
  #place: LockId | undefined;

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

  /**
   * By a look that changes nothing. Where no tool was at work when somebody looked last, the first one is left to `take`: that
   * is the later one, so it sees more, and a tool that has come since is rare enough for a lock that is taken back.
   */
  *blockersOf(claim: Claim): Steps<Obstacles> {
    const isLeftToTake = this.#isNew && claim === this.#request && this.#tools.seemsAlone;
    this.#isNew = false;
    if (isLeftToTake || !(yield* this.#tools.mayBePresent(claim.scope))) {
      if (claim === this.#request) this.#mayRefuse = false;
      return nothing;
    }
    return yield* answerTo(this.#blockersOf(claim));
  }

  *enter(id: LockId): Steps<void> {
    this.#place = id;
    yield* answerTo(this.#tools.enter(this.#request, id));
  }

  *leave(): Steps<void> {
    const place = this.#place;
    if (place === undefined) return;
    this.#place = undefined;
    yield* answerTo(this.#tools.leave(this.#request, place));
  }

  /** Asked anew: a tool may have come while the request waited. */
  *take(held: Held): Steps<TakingElsewhere> {
    this.#beside = undefined;
    if (!(yield* this.#tools.mayBePresent(this.#request.scope))) return { kind: 'taken' };
    return yield* answerTo(this.#take(held));
  }

  watch(onChange: () => void): Disposable {
    return this.#tools.watch(onChange);
  }

  /**
   * Where the kernel's locks are hidden from us, a look cannot tell a file that was left from one that is held. Whoever takes
   * the lock is told by the kernel itself.
   */
  async #blockersOf(claim: Claim): Promise<Obstacles> {
    const { scope, mode } = claim;
    const isOwn = claim === this.#request;
    const present = await this.#tools.present(scope);
    if (isOwn) this.#mayRefuse = present.length > 0;
    if (present.length === 0) return nothing;
    const place = isOwn ? this.#place : claim.id;
    const asked = { scope, mode, ...(place === undefined ? {} : { id: place }) };
    const { locks, waiters } = await this.#tools.blockersOf(asked, await this.#loops.living());
    const isTried = ({ protocol }: Lock): boolean => {
      const tool = this.#tools.find(protocol);
      return tool !== undefined && this.#isTakenBeside(claim, tool) && tool.concerns(scope);
    };
    return { locks: locks.filter((lock) => lock.verdictReason !== 'lock-hidden' || !isTried(lock)), waiters };
  }

  /** In the one order of the tools. A look first, which costs less than taking and giving back. */
  async #take({ id }: Held): Promise<TakingElsewhere> {
    const present = await this.#tools.present(this.#request.scope);
    if (present.length === 0) return { kind: 'taken' };
    const { locks, waiters } = await this.#blockersOf(this.#request);
    if (locks.length + waiters.length > 0) return { kind: 'blocked', locks, waiters };
    const wanted = present.filter((tool) => this.#isTakenBeside(this.#request, tool));
    if (wanted.length === 0) return { kind: 'taken' };
    const living = livingBeside(id, this.#loops);
    const taken = await Beside.take(wanted, { ...this.#request, standsFor: { id, living } });
    // Perhaps by nobody that could be named: then he has let go since, and we have not got it all the same.
    if (!(taken instanceof Beside)) return { kind: 'blocked', locks: taken.locks, waiters: taken.waiters };
    this.#beside = taken;
    return { kind: 'taken' };
  }

  #isTakenBeside({ mode }: Claim, { line }: ToolProtocol): boolean {
    return line !== undefined || (this.#isForAll && mode !== 'shared');
  }
}
