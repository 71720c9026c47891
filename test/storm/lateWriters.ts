/**
 * Holders that have stopped themselves one instruction before a write: their records go, somebody else writes, and then
 * they go on.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Crew } from './crew.ts';
import type { FencedResources } from './fencedResources.ts';
import type { Judge } from './judge.ts';
import type { Ledger } from './ledger.ts';
import { removeRecord } from './removal.ts';
import type { Section } from './section.ts';
import { stopMeanwhile } from './stopMeanwhile.ts';

/** How long a stopped holder waits for somebody to write in its place. */
const successorMs = 1_500;

const lookMs = 5;

export class LateWriters {
  readonly #crew: Crew;
  readonly #judge: Judge;
  readonly #ledger: Ledger;
  readonly #fenced: FencedResources;
  readonly #root: string;

  constructor(crew: Crew, judge: Judge, ledger: Ledger, fenced: FencedResources, root: string) {
    this.#crew = crew;
    this.#judge = judge;
    this.#ledger = ledger;
    this.#fenced = fenced;
    this.#root = root;
  }

  /** What is begun for those who stand still now. */
  replaceAll(): readonly Promise<unknown>[] {
    return this.#judge.inside
      .filter(({ isStopped }) => isStopped)
      .flatMap((section) => {
        // Who has said that it stops and has not yet would stop after we have let it go on, and nobody would continue it.
        const worker = this.#crew.free().find(({ who, isStandingStill }) => who === section.who && isStandingStill);
        return worker ? [stopMeanwhile(worker, this.#ledger, () => this.#replace(section))] : [];
      });
  }

  async #replace({ key, scope }: Section): Promise<void> {
    const resource = scope.covered[0];
    if (resource === undefined || !removeRecord(this.#root, this.#ledger, key)) return;
    const before = this.#fenced.highest(resource);
    const until = performance.now() + successorMs;
    while (this.#fenced.highest(resource) <= before && performance.now() < until) await delay(lookMs);
  }
}
