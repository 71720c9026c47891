/** A tool whose code is loaded when it is first seen at work: most workspaces have none or one of them. */
import type { Lock } from '../../core/lock.ts';
import type { Scope } from '../../core/scope/entry.ts';
import { drive, type Os, type Steps } from '../../os/os.ts';
import type {
  AcquireRequest,
  Acquired,
  Capabilities,
  Changed,
  Conflict,
  Disposable,
  Gone,
  HeldElsewhere,
  Line,
  Listing,
  LossCause,
  Lost,
  Reaped,
  Released,
  Remark,
  RemovalReason,
  Renewed,
  StillLive,
  ToolProtocol,
} from '../../protocols/protocol.ts';

const notHere = 'It is not at work here.';
const absent: Capabilities = { acquire: notHere, renew: notHere, wait: notHere, reap: notHere, forceRelease: notHere };

const lookMs = 2_000;

export class LazyTool<Id extends ToolProtocol['id']> implements ToolProtocol {
  readonly id: Id;
  readonly #os: Os;
  readonly #mayBeHere: (scope?: Scope) => Steps<boolean>;
  readonly #load: () => Promise<ToolProtocol>;
  #loading: Promise<ToolProtocol> | undefined;
  #loaded: ToolProtocol | undefined;

  constructor(id: Id, os: Os, mayBeHere: (scope?: Scope) => Steps<boolean>, load: () => Promise<ToolProtocol>) {
    this.id = id;
    this.#os = os;
    this.#mayBeHere = mayBeHere;
    this.#load = load;
  }

  /** What it can is known once it has been found present. */
  get can(): Capabilities {
    return this.#loaded?.can ?? absent;
  }

  mayBePresent(scope?: Scope): Steps<boolean> {
    return this.#mayBeHere(scope);
  }

  async isPresent(scope?: Scope): Promise<boolean> {
    return (await drive(this.#os, this.#mayBeHere(scope))) && (await (await this.#tool()).isPresent(scope));
  }

  descriptors(held: HeldElsewhere): readonly number[] {
    return this.#loaded?.descriptors?.(held) ?? [];
  }

  get line(): Line | undefined {
    return this.#loaded?.line;
  }

  lossNow(held: HeldElsewhere): LossCause | undefined {
    return this.#loaded?.lossNow?.(held);
  }

  async close(): Promise<void> {
    await this.#loaded?.close?.();
  }

  concerns(scope: Scope): boolean {
    return this.#loaded?.concerns(scope) ?? false;
  }

  async list(): Promise<Listing> {
    return await (await this.#tool()).list();
  }

  watch(onChange: () => void): Disposable {
    let watching: Disposable | undefined;
    let isOver = false;
    const isWanted = (): boolean => watching === undefined && !isOver;
    const begin = async (): Promise<void> => {
      if (!isWanted() || !(await drive(this.#os, this.#mayBeHere()))) return;
      const tool = await this.#tool();
      if (!isWanted()) return; // another look has begun to watch, or nobody wants it any more, while this one loaded
      clearInterval(timer);
      watching = tool.watch(onChange);
      onChange(); // what is there may have come before anybody watched
    };
    // What cannot be looked at now is looked at again.
    const timer = setInterval(() => void begin().catch(() => undefined), lookMs);
    timer.unref();
    void begin().catch(() => undefined);
    return {
      dispose() {
        isOver = true;
        clearInterval(timer);
        watching?.dispose();
      },
    };
  }

  async acquire(request: AcquireRequest, signal: AbortSignal): Promise<Acquired<HeldElsewhere> | Conflict> {
    return await (await this.#tool()).acquire(request, signal);
  }

  async renew(held: HeldElsewhere, ttlMs: number | undefined): Promise<Renewed<HeldElsewhere> | Lost> {
    return await (await this.#tool()).renew(held, ttlMs);
  }

  async release(held: HeldElsewhere): Promise<void> {
    await (await this.#tool()).release(held);
  }

  async describe(): Promise<readonly Remark[]> {
    return await (await this.#tool()).describe();
  }

  async abandon(held: HeldElsewhere): Promise<void> {
    await (await this.#tool()).abandon(held);
  }

  async reap(lock: Lock): Promise<Reaped | StillLive | Gone> {
    return await (await this.#tool()).reap(lock);
  }

  async forceRelease(lock: Lock, why: RemovalReason): Promise<Released | Changed | Gone> {
    return await (await this.#tool()).forceRelease(lock, why);
  }

  async lossOf(held: HeldElsewhere): Promise<LossCause | undefined> {
    return await (await this.#tool()).lossOf(held);
  }

  async #tool(): Promise<ToolProtocol> {
    this.#loading ??= this.#load();
    try {
      this.#loaded = await this.#loading;
    } catch (error) {
      this.#loading = undefined; // what is wrong with its set-up may be mended
      throw error;
    }
    return this.#loaded;
  }
}
