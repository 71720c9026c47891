/** Who meets whom. Where two meet, one of them may be killed before any step that changes something. */
import { sys } from '../../src/os/os.ts';
import type { Program } from './actor.ts';
import { toolFolder } from './place.ts';
import {
  besideTool,
  fenceLoser,
  gateDeleter,
  gateRemover,
  holdRemover,
  killedInQueue,
  groupedLoop,
  killedLoop,
  lastingLoop,
  linger,
  littleLoop,
  namedLoop,
  newcomer,
  ours,
  queuedLoop,
  remembering,
  restorer,
  tool,
  vandal,
  windows,
} from './programs.ts';
import { firstPid, preludePid, type Scenario } from './search.ts';
import type { Concern } from './commuting.ts';

const may = (...concerns: readonly Concern[]): ReadonlySet<Concern> => new Set(concerns);

const twice = (name: string, shared?: true): Program =>
  ours(function* (self) {
    yield* self.acquire(name, shared ? { shared } : {});
    yield* self.release();
    yield* self.acquire(name);
    yield* self.release();
  });

/** It has given its lock back, and lives on. */
const onceAndLasting = (name: string): Program =>
  ours(function* (self) {
    yield* self.acquire(name);
    yield* self.release();
    yield* linger();
  });

/** What it knows of its first time, it uses the second. */
const rememberingTwice = (first: string, second: string): Program =>
  remembering(function* (self) {
    yield* self.acquire(first);
    yield* self.release();
    yield* self.acquire(second);
    yield* self.release();
  });

const renewing = ours(function* (self) {
  yield* self.acquire('src');
  yield* self.renew();
  yield* self.release();
});

const once = (name: string): Program =>
  ours(function* (self) {
    yield* self.acquire(name);
    yield* self.release();
  });

const waiting = (name: string, options: { readonly shared?: true; readonly waitMs?: number } = {}): Program =>
  ours(function* (self) {
    yield* self.acquire(name, { waitMs: 60_000, ...options });
    yield* self.release();
    yield* linger();
  });

const waitingBesideTool = (name: string): Program =>
  besideTool(function* (self) {
    yield* self.acquire(name, { waitMs: 60_000 });
    yield* self.release();
    yield* linger();
  });

const tryingBesideTool = besideTool(function* (self) {
  yield* self.acquire('src');
  yield* self.release();
});

/** Less than time passes at once. */
const brief = { waitMs: 1_000 };

/** A window, which renews its lock, and which a later process of its session takes it over from. */
const earlier = windows(function* (self) {
  yield* self.acquire('src');
  yield* self.renew();
  yield* self.release();
});

const later = windows(function* (self) {
  yield* self.takeOver();
  yield* self.renew();
  yield* self.release();
});

const laterAndLasting = windows(function* (self) {
  yield* self.takeOver();
  yield* linger();
});

/** It has a lock, and lives on. */
const lasting = (name: string): Program =>
  ours(function* (self) {
    yield* self.acquire(name);
    yield* linger();
  });

/** The same in a window. */
const lastingWindow = windows(function* (self) {
  yield* self.acquire('src');
  yield* linger();
});

const deadWindow = windows(function* (self) {
  yield* self.acquire('src');
});

/** It asks for something while it has something else. */
const holdingOn = (first: string, second: string, options: { readonly waitMs?: number } = {}): Program =>
  ours(function* (self) {
    yield* self.acquire(first);
    yield* self.acquire(second, options);
    yield* self.release();
    yield* self.release();
  });

const asking = ours(function* (self) {
  yield* self.ask();
});

const answering = ours(function* (self) {
  yield* self.acquire('src');
  yield* self.answer();
  yield* self.release();
});

const reaping = ours(function* (self) {
  yield* self.reap();
  yield* self.acquire('src');
  yield* self.release();
});

const forcing = ours(function* (self) {
  yield* self.force();
  yield* self.acquire('src');
  yield* self.release();
});

const freshElsewhere = newcomer(function* (self) {
  yield* self.acquire('docs');
  yield* self.release();
});

const freshAndLasting = newcomer(function* (self) {
  yield* self.acquire('src');
  yield* linger();
});

const fresh = newcomer(function* (self) {
  yield* self.acquire('src');
  yield* self.renew();
  yield* self.release();
});

/** A store that somebody has used, and left in order. */
const used = newcomer(function* (self) {
  yield* self.acquire('src');
  yield* self.release();
});

/** The same, where another tool has its folder. */
const usedBesideTool = newcomer(function* (self) {
  yield* sys('mkdir', toolFolder);
  yield* self.acquire('src');
  yield* self.release();
});

/** It died while it held a lock. */
const deadWith = (name: string): Program =>
  newcomer(function* (self) {
    yield* self.acquire(name);
  });

const dead = deadWith('src');

const unbounded = { preemptions: Infinity } as const;

const usual = { crashes: 1, ticks: 0, may: may() } as const;

/** `brief` is what each change is held against; `whole` has larger bounds where a scenario knows some. */
export type Scale = 'brief' | 'whole';

export function scenariosAt(scale: Scale): readonly Scenario[] {
  if (scale === 'brief') return scenarios;
  return scenarios.map((scenario) => ({ ...scenario, rules: { ...scenario.rules, ...scenario.whole } }));
}

export const scenarios: readonly Scenario[] = [
  { name: 'acquire', programs: [twice('src'), twice('src/api')], rules: usual, prelude: used },
  {
    name: 'shared',
    programs: [twice('src', true), twice('src', true)],
    rules: { ...usual, preemptions: 2 },
    whole: unbounded,
    prelude: used,
  },
  {
    name: 'renew',
    programs: [renewing, twice('src')],
    rules: { ...usual, preemptions: 2 },
    whole: unbounded,
    prelude: used,
  },
  { name: 'renew-twice', programs: [renewing, renewing], rules: usual, prelude: used },
  {
    name: 'stale',
    programs: [twice('src'), twice('src')],
    rules: { ...usual, preemptions: 2 },
    whole: unbounded,
    prelude: dead,
  },
  { name: 'reap', programs: [reaping, reaping], rules: { ...usual, may: may('sweep') }, prelude: dead },
  {
    name: 'reap-renew',
    programs: [reaping, renewing],
    rules: { ...usual, preemptions: 2, reusesPids: true, may: may('sweep') },
    whole: unbounded,
    prelude: dead,
  },
  { name: 'force', programs: [renewing, forcing], rules: usual, prelude: used },
  {
    name: 'new-store',
    programs: [fresh, fresh],
    rules: { ...usual, preemptions: 2, may: may('sweep') },
    whole: unbounded,
  },
  { name: 'sweep', programs: [fresh, renewing], rules: { ...usual, may: may('sweep') }, prelude: dead },
  {
    name: 'wait',
    programs: [waiting('src'), waiting('src')],
    rules: { ...usual, ticks: 1, may: may('wait') },
    prelude: used,
  },
  {
    name: 'wait-reused',
    programs: [waiting('src'), waiting('src')],
    rules: { ...usual, ticks: 1, reusesPids: true, may: may('wait') },
    prelude: used,
  },
  {
    name: 'wait-containers',
    programs: [waiting('src'), waiting('src')],
    rules: { ...usual, ticks: 1, containers: true, may: may('wait') },
    prelude: used,
  },
  {
    name: 'wait-stopped',
    programs: [waiting('src'), twice('src')],
    rules: { crashes: 0, stops: 1, ticks: 1, preemptions: 2, may: may('wait') },
    whole: { crashes: 1 },
    prelude: used,
  },
  {
    name: 'wait-behind',
    programs: [once('src/a'), waiting('src'), waiting('src/b')],
    rules: { crashes: 0, ticks: 1, preemptions: 1, may: may('wait') },
    whole: { crashes: 1 },
    prelude: used,
  },
  {
    name: 'wait-holding',
    programs: [holdingOn('src', 'docs', { waitMs: 3_000 }), waiting('')],
    rules: { ...usual, ticks: 0, preemptions: 1, may: may('wait') },
    prelude: used,
  },
  {
    name: 'wait-try',
    programs: [waiting('src'), twice('src')],
    rules: { ...usual, ticks: 1, preemptions: 2, may: may('wait') },
    prelude: used,
  },
  {
    name: 'tool-wait',
    programs: [waitingBesideTool('src'), tool, tool],
    rules: { crashes: 0, ticks: 1, preemptions: 2, may: may('wait') },
    whole: unbounded,
    prelude: usedBesideTool,
  },
  {
    name: 'tool-wait-behind',
    programs: [waitingBesideTool('src'), waitingBesideTool('src'), tool],
    rules: { crashes: 0, ticks: 1, preemptions: 1, may: may('wait') },
    whole: { preemptions: 2 },
    prelude: usedBesideTool,
  },
  {
    name: 'tool-try',
    programs: [waitingBesideTool('src'), tryingBesideTool, tool],
    rules: { crashes: 0, ticks: 1, preemptions: 1, may: may('wait') },
    whole: { preemptions: 2 },
    prelude: usedBesideTool,
  },
  { name: 'loop', programs: [twice('src'), littleLoop('src', 'src')], rules: usual, prelude: used },
  {
    name: 'loop-delete',
    programs: [twice('src'), littleLoop('src', 'src')],
    rules: { ...usual, may: may('delete') },
    prelude: used,
  },
  {
    name: 'remember',
    programs: [rememberingTwice('docs', 'src'), rememberingTwice('src', 'src')],
    rules: { crashes: 1, ticks: 0, fileClock: 'fine', preemptions: 1, may: may() },
    whole: { preemptions: 4 },
    prelude: used,
  },
  {
    name: 'remember-gone',
    programs: [rememberingTwice('docs', 'src'), onceAndLasting('src')],
    rules: { crashes: 0, ticks: 0, fileClock: 'fine', preemptions: 2, may: may() },
    whole: { crashes: 1 },
    prelude: used,
  },
  {
    name: 'remember-gate-deleted',
    programs: [rememberingTwice('docs', 'src'), lasting('src'), gateDeleter],
    rules: { crashes: 0, ticks: 0, fileClock: 'fine', preemptions: 2, may: may('delete') },
    prelude: used,
  },
  {
    name: 'remember-coarse',
    programs: [rememberingTwice('docs', 'src'), once('src')],
    rules: { crashes: 0, ticks: 0, fileClock: 'coarse', fileSteps: 2, preemptions: 2, may: may() },
    whole: { crashes: 1 },
    prelude: used,
  },
  {
    name: 'remember-loop',
    programs: [rememberingTwice('docs', 'src'), littleLoop('src', 'src')],
    rules: { crashes: 1, ticks: 0, fileClock: 'fine', preemptions: 2, may: may() },
    whole: { preemptions: 4 },
    prelude: used,
  },
  {
    name: 'remember-loop-coarse',
    programs: [rememberingTwice('docs', 'src'), littleLoop('src')],
    rules: { crashes: 0, ticks: 0, fileClock: 'coarse', fileSteps: 2, preemptions: 2, may: may() },
    whole: { crashes: 1 },
    prelude: used,
  },
  {
    name: 'remember-rewritten',
    programs: [rememberingTwice('docs', 'src'), namedLoop('nightly', 'src')],
    rules: { crashes: 0, ticks: 0, fileClock: 'fine', preemptions: 2, may: may() },
    whole: { crashes: 1 },
    prelude: lastingLoop('nightly', 'tools'),
  },
  {
    name: 'remember-rewritten-coarse',
    programs: [rememberingTwice('docs', 'src'), namedLoop('nightly', 'src')],
    rules: { crashes: 0, ticks: 0, fileClock: 'coarse', fileSteps: 2, preemptions: 2, may: may() },
    whole: { crashes: 1 },
    prelude: lastingLoop('nightly', 'tools'),
  },
  {
    name: 'remember-grouped',
    programs: [rememberingTwice('docs', 'src'), groupedLoop('oracles', 'src')],
    rules: { crashes: 0, ticks: 0, fileClock: 'fine', preemptions: 3, may: may() },
    whole: { crashes: 1 },
    prelude: used,
  },
  { name: 'loop-renew', programs: [renewing, littleLoop('src')], rules: usual, prelude: dead },
  {
    name: 'loop-wait',
    programs: [waiting('src'), littleLoop('src', 'src')],
    rules: { ...usual, preemptions: 2, ticks: 1, may: may('wait') },
    whole: unbounded,
    prelude: used,
  },
  {
    name: 'loop-queue',
    programs: [waiting('src'), queuedLoop('src')],
    rules: { ...usual, preemptions: 2, ticks: 1, may: may('wait') },
    whole: unbounded,
    prelude: killedInQueue('src'),
  },
  {
    name: 'loop-queue-holding',
    programs: [holdingOn('docs', 'src'), queuedLoop('docs')],
    rules: { crashes: 1, ticks: 0, preemptions: 2, may: may('wait') },
    prelude: lasting('src'),
  },
  {
    name: 'reap-loop',
    programs: [reaping, namedLoop('nightly', 'src')],
    rules: { ...usual, may: may('sweep') },
    prelude: killedLoop('nightly', 'docs'),
  },
  {
    name: 'force-loop',
    programs: [forcing, namedLoop('nightly', 'src')],
    rules: usual,
    prelude: killedLoop('nightly', 'docs'),
  },
  {
    name: 'containers',
    programs: [fresh, fresh],
    rules: { ...usual, containers: true, may: may('sweep') },
    prelude: used,
  },
  {
    name: 'sweep-containers',
    programs: [fresh, fresh],
    rules: { ...usual, preemptions: 2, containers: true, may: may('sweep') },
    whole: unbounded,
    prelude: deadWith('docs'),
  },
  {
    name: 'holds-removed',
    programs: [once('src'), once('src'), holdRemover],
    rules: {
      crashes: 0,
      ticks: 0,
      preemptions: 2,
      containers: true,
      isLeftToPeople: true,
      may: may('delete', 'sweep'),
    },
    prelude: used,
  },
  {
    name: 'fence-lost',
    programs: [once('src'), fenceLoser],
    rules: { ...usual, may: may('delete') },
    prelude: dead,
  },
  { name: 'take-over', programs: [earlier, later], rules: usual, prelude: used },
  {
    name: 'take-over-sweep',
    programs: [later, freshElsewhere],
    rules: { ...usual, containers: true, may: may('sweep') },
    prelude: lastingWindow,
  },
  {
    name: 'take-over-acquire',
    programs: [earlier, later, once('src')],
    rules: { crashes: 1, ticks: 0, preemptions: 1, may: may() },
    whole: { crashes: 2, preemptions: 2 },
    prelude: used,
  },
  {
    name: 'take-over-reap',
    programs: [earlier, later, reaping],
    rules: { crashes: 1, ticks: 0, preemptions: 1, may: may('sweep') },
    whole: { crashes: 2 },
    prelude: used,
  },
  {
    name: 'take-over-force',
    programs: [earlier, later, forcing],
    rules: { crashes: 1, ticks: 0, preemptions: 1, may: may() },
    whole: { crashes: 2 },
    prelude: used,
  },
  {
    name: 'take-over-foreign',
    programs: [earlier, laterAndLasting],
    rules: { ...usual, foreigners: new Set([firstPid + 1]), may: may() },
    prelude: used,
  },
  {
    name: 'take-over-too-late',
    programs: [once('src'), later],
    rules: { ...usual, foreigners: new Set([preludePid, firstPid + 1]), may: may() },
    prelude: deadWindow,
  },
  {
    name: 'ask',
    programs: [answering, asking, freshElsewhere],
    rules: { crashes: 0, ticks: 0, preemptions: 2, may: may('sweep', 'wait') },
    prelude: used,
  },
  {
    name: 'gate-removed',
    programs: [reaping, namedLoop('nightly', 'src'), gateRemover],
    rules: { crashes: 0, ticks: 0, preemptions: 3, may: may('delete', 'sweep') },
    prelude: killedLoop('nightly', 'docs'),
  },
  {
    name: 'vandal-containers',
    programs: [fresh, vandal],
    rules: { ...usual, containers: true, may: may('delete', 'sweep', 'wait') },
    prelude: used,
  },
  {
    name: 'vandal',
    programs: [renewing, fresh, vandal],
    rules: { crashes: 0, ticks: 0, preemptions: 1, may: may('delete', 'sweep', 'wait') },
    whole: { preemptions: 2 },
    prelude: used,
  },
  {
    name: 'vandal-renew',
    programs: [renewing, freshAndLasting, vandal],
    rules: { crashes: 0, ticks: 0, preemptions: 1, may: may('delete', 'sweep', 'wait') },
    prelude: used,
  },
  {
    name: 'vandal-wait',
    programs: [waiting('src', brief), waiting('src', brief), restorer('src')],
    rules: { crashes: 0, ticks: 0, preemptions: 1, may: may('delete', 'sweep', 'wait') },
    prelude: lasting('src'),
  },
  {
    name: 'three',
    programs: [twice('src'), renewing, twice('src/api')],
    rules: { crashes: 0, ticks: 0, preemptions: 2, may: may() },
    prelude: used,
  },
  {
    name: 'three-killed',
    programs: [twice('src'), renewing, twice('src/api')],
    rules: { crashes: 1, ticks: 0, preemptions: 1, may: may() },
    whole: { crashes: 2 },
    prelude: used,
  },
  {
    name: 'three-wait',
    programs: [waiting('src'), waiting('src', { shared: true }), waiting('src', { shared: true })],
    rules: { crashes: 0, ticks: 1, preemptions: 1, may: may('wait') },
    whole: { crashes: 1 },
    prelude: used,
  },
];
