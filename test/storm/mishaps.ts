/** What is done to the workers of a storm, many things at once. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Chance } from './chance.mjs';
import type { Crew } from './crew.ts';
import type { Ledger } from './ledger.ts';
import { removeEverything, removeRecord } from './removal.ts';
import { stopMeanwhile } from './stopMeanwhile.ts';
import type { Event } from './weather.ts';
import type { Workspace } from './workspace.ts';

export class Mishaps {
  readonly counts = new Map<Event, number>();
  readonly #crew: Crew;
  readonly #workspace: Workspace;
  readonly #ledger: Ledger;
  readonly #chance: Chance;
  #isFull = false;

  constructor(crew: Crew, workspace: Workspace, ledger: Ledger, chance: Chance) {
    this.#crew = crew;
    this.#workspace = workspace;
    this.#ledger = ledger;
    this.#chance = chance;
  }

  /** Resolves when it is over. */
  async happen(event: Event): Promise<void> {
    if (await this.#do(event)) this.counts.set(event, (this.counts.get(event) ?? 0) + 1);
  }

  /** False where there was nobody to whom it could happen just now. */
  async #do(event: Event): Promise<boolean> {
    const chance = this.#chance;
    switch (event) {
      case 'killed':
        return await this.#killOne();
      case 'stopped for a moment':
        return await stopMeanwhile(chance.pick(this.#crew.free()), this.#ledger, () => delay(chance.between(1, 300)));
      case 'stopped for longer than the lease': {
        const victim = this.#crew.victim(({ ttlMs }) => ttlMs > 0);
        return await stopMeanwhile(victim?.worker, this.#ledger, () => delay((victim?.section.ttlMs ?? 0) + 300));
      }
      case 'clock set':
        this.#workspace.setClock(`${chance.happens(0.5) ? '+' : '-'}${chance.below(400 * 86_400)}`);
        return true;
      case 'disk filled':
        return await this.#fillDisk();
      case 'record removed':
        return removeRecord(this.#workspace.root, this.#ledger, chance);
      case 'running directory removed':
        return removeEverything(this.#workspace.root, this.#ledger);
    }
  }

  async #killOne(): Promise<boolean> {
    const chance = this.#chance;
    const inside = chance.happens(0.5) ? this.#crew.victim(() => true)?.worker : undefined;
    const worker = inside ?? chance.pick(this.#crew.free());
    if (!worker) return false;
    worker.isTaken = true;
    if (chance.happens(0.3)) {
      this.#ledger.say('stopped', worker.who);
      worker.kill('SIGSTOP');
      await delay(chance.between(0, 60));
    }
    this.#ledger.say('killing', worker.who);
    worker.kill('SIGKILL');
    await worker.ended;
    return true;
  }

  async #fillDisk(): Promise<boolean> {
    const { disk } = this.#workspace;
    if (!disk || this.#isFull) return false;
    this.#isFull = true;
    try {
      disk.fill();
      await delay(this.#chance.between(100, 500));
    } finally {
      disk.empty();
      this.#isFull = false;
    }
    return true;
  }
}
