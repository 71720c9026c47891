/** Start here: real processes that hold one lock by turns, from several clones, and are killed and stopped from here. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { libraryFile } from '../../real/programs.ts';
import { Started, type StartedProgram } from '../../real/started.ts';
import { TemporaryRoot } from '../../real/temporaryRoot.ts';
import { waitFor } from '../../real/waitFor.ts';
import { Ledger, type Line } from './beliefs.ts';
import { Resource, type ResourceKind } from './resource.ts';

export type Manner = 'honest' | 'steady' | 'deaf' | 'late';

const worker = fileURLToPath(new URL('holderWorker.mjs', import.meta.url));

export interface Holder {
  readonly clone: TemporaryRoot;
  readonly program: StartedProgram;
}

export class Holders implements AsyncDisposable {
  readonly resource: Resource;
  readonly #folder = new TemporaryRoot();
  readonly #ledger = new Ledger(this.#folder.in('ledger'));
  readonly #started = new Started();
  #running: Holder[] = [];

  static async open(kind: ResourceKind): Promise<Holders> {
    return new Holders(await Resource.start(kind));
  }

  private constructor(resource: Resource) {
    this.resource = resource;
  }

  get running(): readonly Holder[] {
    return this.#running;
  }

  get lines(): readonly Line[] {
    return this.#ledger.read();
  }

  /** What it wrote last. */
  lastOf({ program }: Holder): Line | undefined {
    return this.lines.findLast(({ pid }) => pid === program.pid);
  }

  start(clone: TemporaryRoot, manner: Manner = 'honest'): Holder {
    const words = [worker, libraryFile, clone.path, this.#folder.path, this.resource.url, manner];
    const program = this.#started.add(spawn(process.execPath, words));
    const holder = { clone, program };
    this.#running.push(holder);
    return holder;
  }

  /** Until it says one of these; what it said before does not count. */
  async until(holder: Holder, what: Line['what'] | readonly Line['what'][], boundMs = 30_000): Promise<Line> {
    const expected = [what].flat();
    const from = this.lines.length;
    const { program } = holder;
    return await waitFor(
      () => `${program.pid} says "${expected.join()}". ${program.errors} ${JSON.stringify(this.#tail())}`,
      () => this.lines.slice(from).find((line) => line.pid === program.pid && expected.includes(line.what)),
      boundMs,
    );
  }

  /** SIGKILL, at whatever it does; another of its clone takes its place. */
  async replace(holder: Holder): Promise<void> {
    this.#running = this.#running.filter((other) => other !== holder);
    holder.program.kill('SIGKILL');
    await holder.program.ended();
    this.start(holder.clone);
  }

  /** Stops one that holds, where it holds; somebody who holds is found within the bound. */
  async stopOneThatHolds(candidates: readonly Holder[] = this.#running): Promise<Holder> {
    return await waitFor(
      'somebody holds',
      () => {
        const pid = this.lines.at(-1)?.pid;
        const holder = candidates.find(({ program }) => program.pid === pid);
        if (!holder) return undefined;
        holder.program.kill('SIGSTOP');
        if (this.lastOf(holder)?.what === 'holds') return holder;
        holder.program.kill('SIGCONT');
        return undefined;
      },
      30_000,
    );
  }

  allow(): void {
    fs.writeFileSync(this.#folder.in('go'), '');
  }

  /** Lets them end in order; fails where one complains or cannot. */
  async finish(boundMs = 30_000): Promise<void> {
    fs.writeFileSync(path.join(this.#folder.path, 'stop'), '');
    for (const { program } of this.#running) {
      const { code } = await program.ended(boundMs);
      if (code !== 0) throw new Error(`A holder ended with ${code}: ${program.errors}`);
    }
    this.#running = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#started.endAll();
    await this.resource[Symbol.asyncDispose]();
    this.#folder[Symbol.dispose]();
  }

  #tail(): readonly object[] {
    return this.lines.slice(-5).map((line) => ({ ...line, at: String(line.at) }));
  }
}
