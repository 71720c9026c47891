/** One part of a storm: its workers, what is done to them meanwhile, and what is left in the end. */
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../real/waitFor.ts';
import { Crew, type CrewOptions } from './crew.ts';
import { FencedResources } from './fencedResources.ts';
import { Judge } from './judge.ts';
import { LateWriters } from './lateWriters.ts';
import { leftoversIn } from './leftovers.ts';
import { Ledger } from './ledger.ts';
import { Mishaps } from './mishaps.ts';
import { missing, violationsOf, type Standing } from './verdict.ts';
import { eventsOf } from './weather.ts';
import { Workspace } from './workspace.ts';

export interface PhaseOptions extends CrewOptions {
  readonly durationMs: number;
  readonly signal: AbortSignal;
  readonly keepLedgers: 'on-violation' | 'never';
  /** Ends it early, such as a negative control that has been caught. */
  readonly isOver?: (judge: Judge) => boolean;
}

export interface PhaseResult extends Standing {
  readonly seconds: number;
  /** Sentences: what must not be, and what never happened although it should. */
  readonly violations: readonly string[];
  /** Records that little-loops' own writers left torn when they were killed; by design they block nobody and stay. */
  readonly tornRecords: number;
}

/** The mean time between two events, whatever the number of workers. */
const eventMs = 180;
const longestEventMs = 1_500;

/** How long workers may take to see that they shall stop: one may be inside its longest wait. */
const stopBoundMs = 60_000;

/** If what should happen has not happened in time, the phase goes on for so long. */
const extensionMs = 30_000;

const lookMs = 5;

export class Phase {
  readonly #options: PhaseOptions;
  readonly #workspace: Workspace;
  readonly #fenced: FencedResources;
  readonly #judge: Judge;
  readonly #ledger: Ledger;
  readonly #crew: Crew;
  readonly #mishaps: Mishaps;
  readonly #lateWriters: LateWriters;
  /** What is being done to workers. */
  readonly #under = new Set<Promise<void>>();
  readonly #problems: string[] = [];

  private constructor(options: PhaseOptions, workspace: Workspace, fenced: FencedResources) {
    this.#options = options;
    this.#workspace = workspace;
    this.#fenced = fenced;
    this.#judge = new Judge(workspace.pool);
    this.#ledger = new Ledger(workspace.ledgerFile, this.#judge);
    this.#crew = new Crew(options, workspace, this.#judge, this.#ledger, this.#problems);
    this.#mishaps = new Mishaps(this.#crew, workspace, this.#ledger, options.chance);
    this.#lateWriters = new LateWriters(this.#crew, this.#judge, this.#ledger, fenced, workspace.root);
  }

  static async open(options: PhaseOptions): Promise<Phase> {
    const workspace = new Workspace(options);
    let fenced: FencedResources | undefined;
    try {
      fenced = await FencedResources.open(path.join(workspace.folder, 'fenced'));
      return new Phase(options, workspace, fenced);
    } catch (error) {
      await fenced?.close();
      workspace.remove();
      throw error;
    }
  }

  /** Nothing outlives us, however we end; it is called when nothing can be awaited any more. */
  readonly #abandon = (): void => {
    this.#crew.killAll();
    this.#workspace.remove();
  };

  async run(): Promise<PhaseResult> {
    const begun = performance.now();
    process.once('exit', this.#abandon);
    this.#crew.start();
    await this.#rage(begun);
    await this.#calmDown();
    const seconds = (performance.now() - begun) / 1_000;
    const { left, tornRecords } = await leftoversIn(this.#workspace.root, this.#workspace.pool);
    const standing = this.#standing();
    const violations = [...violationsOf(standing), ...this.#problems, ...left];
    if (violations.length > 0 && this.#options.keepLedgers === 'on-violation') {
      console.log(`The ledger of "${standing.weather}" is kept in ${this.#workspace.keepLedger()}`);
    }
    return { ...standing, seconds, violations, tornRecords };
  }

  /** Ends all that is still running, and removes everything. */
  async close(): Promise<void> {
    await this.#crew.close();
    await Promise.allSettled(this.#under);
    await this.#fenced.close();
    this.#ledger.close();
    process.off('exit', this.#abandon);
    this.#workspace.remove();
  }

  #standing(): Standing {
    return {
      weather: this.#options.weather,
      events: this.#mishaps.counts,
      judge: this.#judge,
      fenced: this.#fenced,
    };
  }

  async #rage(begun: number): Promise<void> {
    const { durationMs, chance, weather, signal } = this.#options;
    const kinds = eventsOf[weather];
    for (let number = 0; ; number++) {
      await this.#pause(chance.between(0, 2 * eventMs));
      await this.#pauseUntilSomebodyEnters();
      const elapsedMs = performance.now() - begun;
      const isEnough = elapsedMs >= durationMs && missing(this.#standing()).length === 0;
      if (this.#options.isOver?.(this.#judge)) return;
      if (isEnough || elapsedMs >= durationMs + extensionMs) return;
      signal.throwIfAborted();
      // First each in turn, so that none is missing in a short storm.
      const event = kinds[number] ?? chance.pick(kinds);
      // Several at once: one that takes long must not keep the others.
      if (event) this.#track(this.#mishaps.happen(event));
    }
  }

  /** On a machine that is busy, events alone would keep everybody from ever beginning; they go by what gets done. */
  async #pauseUntilSomebodyEnters(): Promise<void> {
    const before = this.#judge.entries;
    const until = performance.now() + longestEventMs;
    while (this.#judge.entries === before && performance.now() < until) await this.#pause(lookMs);
  }

  async #pause(ms: number): Promise<void> {
    const until = performance.now() + ms;
    do {
      await delay(lookMs);
      this.#look();
    } while (performance.now() < until);
  }

  #look(): void {
    this.#ledger.follow();
    for (const replacing of this.#lateWriters.replaceAll()) this.#track(replacing);
  }

  #track(doing: Promise<unknown>): void {
    const tracked = doing
      .then(
        () => undefined,
        (error: unknown) => {
          this.#problems.push(String(error));
        },
      )
      .finally(() => this.#under.delete(tracked));
    this.#under.add(tracked);
  }

  async #calmDown(): Promise<void> {
    this.#crew.stopStarting();
    await Promise.all(this.#under);
    this.#workspace.tellToStop();
    const haveEnded = (): boolean => {
      this.#options.signal.throwIfAborted();
      this.#look();
      return this.#crew.hasEnded;
    };
    await waitFor('the end of all workers', haveEnded, stopBoundMs);
    this.#ledger.follow();
    for (const { who, key } of this.#judge.inside) {
      if (!this.#judge.isDying(who)) this.#problems.push(`${who} is still inside ${key} after the end`);
    }
  }
}
