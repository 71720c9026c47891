/** One part of a storm: its processes, what is done to them meanwhile, and what is left in the end. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '../real/waitFor.ts';
import type { Chance } from './chance.mjs';
import { FencedResources } from './fencedResources.ts';
import { Judge, type Section } from './judge.ts';
import { leftoversIn } from './leftovers.ts';
import { Ledger } from './ledger.ts';
import type { Plan } from './plan.ts';
import { filesOf, makePool, type PooledScope } from './pool.ts';
import { removeEverything, removeRecord } from './removal.ts';
import { SmallDisk } from './smallDisk.ts';
import { eventsOf, refusalsOf, type Event, type Weather } from './weather.ts';
import { Worker, type Ending, type Kind, type Post } from './worker.ts';

export interface PhaseOptions {
  readonly weather: Weather;
  readonly durationMs: number;
  readonly processes: number;
  /** Between two requests of a process, on average. */
  readonly pauseMs: number;
  readonly chance: Chance;
  /** The library that fakes what a process sees of the clock. */
  readonly faketime: string;
  readonly signal: AbortSignal;
  readonly keepLedgers: 'on-violation' | 'never';
  /** Who takes part, again and again until there are enough. */
  readonly crew?: readonly Kind[];
  /** Ends it early, such as a negative control that has been caught. */
  readonly isOver?: (judge: Judge) => boolean;
}

export interface PhaseResult {
  readonly weather: Weather;
  readonly seconds: number;
  readonly events: ReadonlyMap<Event, number>;
  readonly judge: Judge;
  readonly fenced: Pick<FencedResources, 'written' | 'refused' | 'letThrough'>;
  /** Sentences: what must not be, and what never happened although it should. */
  readonly violations: readonly string[];
  /** Records that little-loops' own writers left torn when they were killed; by design they block nobody and stay. */
  readonly tornRecords: number;
}

const usualCrew: readonly Kind[] = ['library', 'run', 'loop', 'library', 'library', 'run', 'loop', 'library'];

/** So many workers share an area of the pool: enough to meet all the time, and not so many that none gets anywhere. */
const workersPerArea = 12;

/** Each of their looks at a busy gate starts a process; more of them would measure nothing else. */
const mostPortable = 16;

/** The mean time between two events, whatever the number of workers. */
const eventMs = 180;
const longestEventMs = 1_500;

/** How long workers may take to see that they shall stop: one may be inside its longest wait. */
const stopBoundMs = 60_000;

/** If what should happen has not happened in time, the phase goes on for so long. */
const extensionMs = 30_000;

/** How long a stopped holder waits for somebody to write in its place. */
const successorMs = 1_500;

const lookMs = 5;

export class Phase {
  readonly #options: PhaseOptions;
  readonly #folder: string;
  readonly #root: string;
  readonly #disk: SmallDisk | undefined;
  readonly #pool: readonly PooledScope[];
  readonly #plan: Plan;
  readonly #judge: Judge;
  readonly #ledger: Ledger;
  readonly #fenced: FencedResources;
  readonly #workers = new Set<Worker>();
  readonly #events = new Map<Event, number>();
  readonly #starting = new Set<NodeJS.Timeout>();
  /** Stops that are not over yet. */
  readonly #under = new Set<Promise<void>>();
  readonly #problems: string[] = [];
  #isStopping = false;
  #isFull = false;
  #isOver = false;

  private constructor(options: PhaseOptions, folder: string, fenced: FencedResources) {
    this.#options = options;
    this.#folder = folder;
    this.#fenced = fenced;
    this.#root = path.join(folder, 'root');
    fs.mkdirSync(this.#root);
    const areas = Math.ceil(options.processes / workersPerArea);
    this.#pool = makePool(areas);
    const removals = options.weather === 'removals by others';
    this.#plan = {
      root: this.#root,
      pool: this.#pool,
      pauseMs: options.pauseMs,
      longestStepMs: removals ? 150 : 15,
      stopsItself: removals ? 0.03 : 0,
    };
    this.#judge = new Judge(this.#pool);
    this.#ledger = new Ledger(path.join(folder, 'ledger'), this.#judge);
    fs.writeFileSync(path.join(folder, 'plan.json'), JSON.stringify(this.#plan));
    this.#setClock('+0');
    this.#disk = options.weather === 'full disk' ? new SmallDisk(this.#root) : undefined;
    for (const file of filesOf(areas)) {
      fs.mkdirSync(path.dirname(path.join(this.#root, file)), { recursive: true });
      fs.writeFileSync(path.join(this.#root, file), '');
    }
  }

  static async open(options: PhaseOptions): Promise<Phase> {
    const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wlock-storm-')));
    const fenced = await FencedResources.open(path.join(folder, 'fenced'));
    try {
      return new Phase(options, folder, fenced);
    } catch (error) {
      await fenced.close();
      fs.rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Nothing outlives us, however we end; it is called when nothing can be awaited any more. */
  readonly #abandon = (): void => {
    this.#killAll();
    this.#disk?.unmount();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  };

  async run(): Promise<PhaseResult> {
    const begun = performance.now();
    process.once('exit', this.#abandon);
    for (let number = 0; number < this.#options.processes; number++) this.#startSoon(this.#postOf(number));
    await this.#rage(begun);
    await this.#calmDown();
    const seconds = (performance.now() - begun) / 1_000;
    const { left, tornRecords } = await leftoversIn(this.#root, this.#pool);
    const violations = [
      ...this.#judge.violations,
      ...this.#problems,
      ...left,
      ...this.#unexpectedRefusals(),
      ...this.#missing().map((what) => `Never happened, so nothing is proven of it: ${what}`),
      ...(this.#fenced.letThrough > 0 ? [`${this.#fenced.letThrough} late writes got through the fence`] : []),
    ];
    if (violations.length > 0 && this.#options.keepLedgers === 'on-violation') this.#keepLedger();
    const { weather } = this.#options;
    return {
      weather,
      seconds,
      events: this.#events,
      judge: this.#judge,
      fenced: this.#fenced,
      violations,
      tornRecords,
    };
  }

  /** Ends all that is still running, and removes everything. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#stopStarting();
    const endings = [...this.#workers].map(({ ended }) => ended);
    this.#killAll();
    await Promise.allSettled([...endings, ...this.#under]);
    await this.#fenced.close();
    this.#ledger.close();
    process.off('exit', this.#abandon);
    this.#abandon();
  }

  #killAll(): void {
    for (const worker of this.#workers) worker.kill('SIGKILL');
  }

  /** Half of ours see a clock that is set now and then; some do without fs-ext and use flock(1). */
  #postOf(number: number): Post {
    const crew = this.#options.crew ?? usualCrew;
    const place = number % crew.length;
    const kind = crew[place] ?? 'library';
    const clocks = this.#options.weather === 'deaths, stops and set clocks' && [0, 1, 4].includes(place);
    const environment = {
      ...(clocks
        ? {
            LD_PRELOAD: this.#options.faketime,
            FAKETIME_TIMESTAMP_FILE: path.join(this.#folder, 'clock'),
            FAKETIME_NO_CACHE: '1',
            // What somebody sets is the wall clock.
            FAKETIME_DONT_FAKE_MONOTONIC: '1',
          }
        : {}),
      ...(number < mostPortable && [3, 5].includes(place) ? { WLOCK_FLOCK: 'portable' } : {}),
    };
    return { kind, folder: this.#folder, plan: this.#plan, ledger: this.#ledger, environment };
  }

  /** Not all at once, and a `wlock run` not right after the one before it. */
  #startSoon(post: Post): void {
    const { chance, pauseMs } = this.#options;
    const timer = setTimeout(
      () => {
        this.#starting.delete(timer);
        this.#start(post);
      },
      chance.between(0, 2 * pauseMs),
    );
    this.#starting.add(timer);
  }

  #stopStarting(): void {
    this.#isStopping = true;
    for (const timer of this.#starting) clearTimeout(timer);
  }

  #start(post: Post): void {
    const worker = new Worker(post, this.#options.chance);
    this.#workers.add(worker);
    worker.ended.then(
      (ending) => {
        this.#workers.delete(worker);
        if (this.#isOver) return;
        this.#note(worker, ending);
        if (!this.#isStopping) this.#startSoon(post);
      },
      (error: unknown) => {
        this.#workers.delete(worker);
        this.#problems.push(`${worker.who} could not be started: ${String(error)}`);
      },
    );
  }

  /** How a process ended: killed by us, or a `wlock run` that said how it went, or a worker that was told to stop. */
  #note({ kind, isTaken }: Worker, { who, code, signal, output, complaint }: Ending): void {
    if (signal === 'SIGKILL' && isTaken) {
      this.#ledger.say('killed', who);
      return;
    }
    this.#ledger.say('ended', who);
    if (code === 0) return;
    // 5: lost, and its command has written down that it was told.
    if (kind === 'run' && code === 5) return;
    if (kind === 'run' && (code === 3 || code === 4)) {
      this.#ledger.say('conflict', who, 0, '-');
      return;
    }
    const refusal = kind === 'run' ? codeIn(output) : undefined;
    if (refusal !== undefined) {
      this.#ledger.say('refused', who, refusal);
      return;
    }
    this.#problems.push(`${who} ended with ${signal ?? code}: ${`${complaint} ${output}`.trim().slice(-500)}`);
  }

  async #rage(begun: number): Promise<void> {
    const { durationMs, chance, weather, signal } = this.#options;
    const kinds = eventsOf[weather];
    for (let number = 0; ; number++) {
      await this.#pause(chance.between(0, 2 * eventMs));
      await this.#pauseUntilSomebodyEnters();
      const elapsedMs = performance.now() - begun;
      const isEnough = elapsedMs >= durationMs && this.#missing().length === 0;
      if (this.#options.isOver?.(this.#judge)) return;
      if (isEnough || elapsedMs >= durationMs + extensionMs) return;
      signal.throwIfAborted();
      // First each in turn, so that none is missing in a short storm.
      const event = kinds[number] ?? chance.pick(kinds);
      if (event) this.#happen(event);
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
    this.#makeLateWriters();
  }

  /** Several at once: one that takes long must not keep the others. */
  #happen(event: Event): void {
    const doing = this.#do(event).then((done) => {
      if (done) this.#events.set(event, (this.#events.get(event) ?? 0) + 1);
    });
    this.#track(doing);
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

  /** False where there was nobody to whom it could happen just now. */
  async #do(event: Event): Promise<boolean> {
    const { chance } = this.#options;
    switch (event) {
      case 'killed':
        return await this.#killOne();
      case 'stopped for a moment': {
        const worker = chance.pick(this.#free());
        return worker !== undefined && (await this.#stop(worker, () => delay(chance.between(1, 300))));
      }
      case 'stopped for longer than the lease': {
        const victim = this.#victim(({ ttlMs }) => ttlMs > 0);
        return victim !== undefined && (await this.#stop(victim.worker, () => delay(victim.section.ttlMs + 300)));
      }
      case 'clock set':
        this.#setClock(`${chance.happens(0.5) ? '+' : '-'}${chance.below(400 * 86_400)}`);
        return true;
      case 'disk filled':
        return await this.#fillDisk();
      case 'record removed':
        return removeRecord(this.#root, this.#ledger, chance);
      case 'running directory removed':
        return removeEverything(this.#root, this.#ledger);
    }
  }

  async #killOne(): Promise<boolean> {
    const { chance } = this.#options;
    const inside = chance.happens(0.5) ? this.#victim(() => true)?.worker : undefined;
    const worker = inside ?? chance.pick(this.#free());
    if (!worker) return false;
    worker.isTaken = true;
    if (chance.happens(0.3)) {
      worker.kill('SIGSTOP');
      await delay(chance.between(0, 60));
    }
    this.#ledger.say('killing', worker.who);
    worker.kill('SIGKILL');
    await worker.ended;
    return true;
  }

  async #stop(worker: Worker, meanwhile: () => Promise<unknown>): Promise<boolean> {
    worker.isTaken = true;
    worker.kill('SIGSTOP');
    try {
      await meanwhile();
    } finally {
      this.#ledger.say('continued', worker.who);
      worker.kill('SIGCONT');
      worker.isTaken = false;
    }
    return true;
  }

  async #fillDisk(): Promise<boolean> {
    if (!this.#disk || this.#isFull) return false;
    this.#isFull = true;
    try {
      this.#disk.fill();
      await delay(this.#options.chance.between(100, 500));
    } finally {
      this.#disk.empty();
      this.#isFull = false;
    }
    return true;
  }
  /**
   * Holders that have stopped themselves one instruction before a write: their records go, somebody else writes, and
   * then they go on.
   */
  #makeLateWriters(): void {
    for (const section of this.#judge.inside.filter(({ isStopped }) => isStopped)) {
      const worker = this.#free().find(({ who }) => who === section.who);
      if (worker) this.#track(this.#stop(worker, () => this.#replace(section)));
    }
  }

  async #replace({ key, scope }: Section): Promise<void> {
    const resource = scope.covered[0];
    if (resource === undefined || !removeRecord(this.#root, this.#ledger, key)) return;
    const before = this.#fenced.highest(resource);
    const until = performance.now() + successorMs;
    while (this.#fenced.highest(resource) <= before && performance.now() < until) await delay(lookMs);
  }

  /** Workers to whom something may be done: they have begun, and nobody does anything to them yet. */
  #free(): readonly Worker[] {
    return [...this.#workers].filter(
      ({ isTaken, isRunning, kind, who }) => !isTaken && isRunning && (kind === 'run' || this.#judge.started.has(who)),
    );
  }

  #victim(suits: (section: Section) => boolean): { readonly worker: Worker; readonly section: Section } | undefined {
    this.#ledger.follow();
    const free = this.#free();
    const candidates = this.#judge.inside.flatMap((section) => {
      const worker = free.find(({ who }) => who === section.who);
      return worker && suits(section) ? [{ worker, section }] : [];
    });
    return this.#options.chance.pick(candidates);
  }

  /** What libfaketime adds to the clock of those who look at this file. Replaced at once, so nobody reads half of it. */
  #setClock(offset: string): void {
    const file = path.join(this.#folder, 'clock');
    fs.writeFileSync(`${file}.new`, offset);
    fs.renameSync(`${file}.new`, file);
  }

  async #calmDown(): Promise<void> {
    this.#stopStarting();
    await Promise.all(this.#under);
    fs.writeFileSync(path.join(this.#folder, 'stop'), '');
    const haveEnded = (): boolean => {
      this.#options.signal.throwIfAborted();
      this.#look();
      return this.#workers.size === 0;
    };
    await waitFor('the end of all workers', haveEnded, stopBoundMs);
    this.#ledger.follow();
    for (const { who, key } of this.#judge.inside) {
      if (!this.#judge.isDying(who)) this.#problems.push(`${who} is still inside ${key} after the end`);
    }
  }

  /** A gate whose holder is stopped is busy in every weather; anything else needs a reason. */
  #unexpectedRefusals(): readonly string[] {
    const { weather } = this.#options;
    const expected = ['gate-busy', ...refusalsOf[weather]];
    return [...this.#judge.refusals]
      .filter(([code]) => !expected.includes(code))
      .map(([code, count]) => `${count} requests were refused with ${code}`);
  }

  /** What should have happened in this weather and has not. */
  #missing(): readonly string[] {
    const { weather } = this.#options;
    const { acquisitions, conflicts, waits, renewals, expiries, refusals, tellingMs } = this.#judge;
    const counts: (readonly [string, number])[] = [
      ...eventsOf[weather].map((event) => [event, this.#events.get(event) ?? 0] as const),
      ...(['library', 'run', 'loop'] as const).map(
        (kind) => [`acquisitions of ${kind} workers`, acquisitions.get(kind) ?? 0] as const,
      ),
      ['conflicts', conflicts],
      ['waits', waits],
    ];
    switch (weather) {
      case 'deaths, stops and set clocks':
        counts.push(['renewals', renewals], ['expiries', expiries], ['deaths inside', this.#judge.diedInside]);
        break;
      case 'full disk':
        counts.push(['refusals on a full disk', refusals.get('store-not-writable') ?? 0]);
        break;
      case 'removals by others':
        counts.push(['holders told of a removal', tellingMs.length], ['late writes refused', this.#fenced.refused]);
        break;
    }
    return counts.filter(([, count]) => count === 0).map(([what]) => what);
  }

  #keepLedger(): void {
    const kept = fs.mkdtempSync(path.join(os.tmpdir(), 'wlock-storm-ledger-'));
    for (const name of ['ledger', 'plan.json']) fs.copyFileSync(path.join(this.#folder, name), path.join(kept, name));
    console.log(`The ledger of "${this.#options.weather}" is kept in ${kept}`);
  }
}

/** What `wlock --json` says of a failure; undefined where it says nothing. */
function codeIn(output: string): string | undefined {
  try {
    return (JSON.parse(output) as { error?: { code?: string } }).error?.code;
  } catch {
    return undefined;
  }
}
