/** The workers of a storm: each is started anew whenever it ends, and how it ended is written down. */
import type { Chance } from './chance.mjs';
import type { Judge } from './judge.ts';
import type { Ledger } from './ledger.ts';
import { readRunAnswer } from './runAnswer.ts';
import type { Section } from './section.ts';
import type { Weather } from './weather.ts';
import { Worker, type Ending, type Kind, type Post } from './worker.ts';
import type { Workspace } from './workspace.ts';

export interface CrewOptions {
  readonly weather: Weather;
  readonly processes: number;
  /** Between two requests of a process, on average. */
  readonly pauseMs: number;
  readonly chance: Chance;
  /** The library that fakes what a process sees of the clock. */
  readonly faketime: string;
  /** Who takes part, again and again until there are enough. */
  readonly crew?: readonly Kind[];
}

const usualCrew: readonly Kind[] = ['library', 'run', 'loop', 'library', 'library', 'run', 'loop', 'library'];

/** Each of their looks at a busy gate starts a process; more of them would measure nothing else. */
const mostPortable = 16;

export class Crew {
  readonly #options: CrewOptions;
  readonly #workspace: Workspace;
  readonly #judge: Judge;
  readonly #ledger: Ledger;
  readonly #problems: string[];
  readonly #workers = new Set<Worker>();
  readonly #starting = new Set<NodeJS.Timeout>();
  #isStopping = false;
  #isOver = false;

  /** @param problems sentences are added to it */
  constructor(options: CrewOptions, workspace: Workspace, judge: Judge, ledger: Ledger, problems: string[]) {
    this.#options = options;
    this.#workspace = workspace;
    this.#judge = judge;
    this.#ledger = ledger;
    this.#problems = problems;
  }

  get hasEnded(): boolean {
    return this.#workers.size === 0;
  }

  start(): void {
    for (let number = 0; number < this.#options.processes; number++) this.#startSoon(this.#postOf(number));
  }

  /** Whoever ends from now on has no successor. */
  stopStarting(): void {
    this.#isStopping = true;
    for (const timer of this.#starting) clearTimeout(timer);
  }

  killAll(): void {
    for (const worker of this.#workers) worker.kill('SIGKILL');
  }

  /** Kills who is still there; what they leave undone means nothing any more. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.stopStarting();
    const endings = [...this.#workers].map(({ ended }) => ended);
    this.killAll();
    await Promise.allSettled(endings);
  }

  /** Workers to whom something may be done: they have begun, and nobody does anything to them yet. */
  free(): readonly Worker[] {
    return [...this.#workers].filter(
      ({ isTaken, isRunning, kind, who }) => !isTaken && isRunning && (kind === 'run' || this.#judge.started.has(who)),
    );
  }

  /** One of the free ones, inside a lock that suits. */
  victim(suits: (section: Section) => boolean): { readonly worker: Worker; readonly section: Section } | undefined {
    this.#ledger.follow();
    const free = this.free();
    const candidates = this.#judge.inside.flatMap((section) => {
      const worker = free.find(({ who }) => who === section.who);
      return worker && suits(section) ? [{ worker, section }] : [];
    });
    return this.#options.chance.pick(candidates);
  }

  /** Half of ours see a clock that is set now and then; some do without fs-ext and use flock(1). */
  #postOf(number: number): Post {
    const { crew = usualCrew, weather, faketime } = this.#options;
    const place = number % crew.length;
    const kind = crew[place] ?? 'library';
    // Python's time.sleep, which little-loops' workers use, fails where libfaketime sets clocks.
    const isOurs = kind === 'library' || kind === 'run';
    const clocks = isOurs && weather === 'deaths, stops and set clocks' && [0, 1, 4].includes(place);
    const environment = {
      ...(clocks
        ? {
            LD_PRELOAD: faketime,
            FAKETIME_TIMESTAMP_FILE: this.#workspace.clockFile,
            FAKETIME_NO_CACHE: '1',
            // What somebody sets is the wall clock.
            FAKETIME_DONT_FAKE_MONOTONIC: '1',
          }
        : {}),
      ...(number < mostPortable && [3, 5].includes(place) ? { WLOCK_FLOCK: 'portable' } : {}),
    };
    return { kind, folder: this.#workspace.folder, plan: this.#workspace.plan, ledger: this.#ledger, environment };
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
  #note({ kind, isTaken, startedFrom }: Worker, { who, code, signal, output, complaint }: Ending): void {
    if (signal === 'SIGKILL' && isTaken) {
      this.#ledger.say('killed', who);
      return;
    }
    this.#ledger.say('ended', who);
    if (code === 0) return;
    // 5: lost, and its command has written down that it was told.
    if (kind === 'run' && code === 5) return;
    const answer = kind === 'run' ? readRunAnswer(output) : undefined;
    switch (answer?.kind) {
      case 'conflict':
        this.#ledger.say('conflict', who, startedFrom, answer.blockers.join(','));
        break;
      case 'error':
        this.#ledger.say('refused', who, answer.code);
        break;
      case undefined:
        this.#problems.push(`${who} ended with ${signal ?? code}: ${`${complaint} ${output}`.trim().slice(-500)}`);
    }
  }
}
