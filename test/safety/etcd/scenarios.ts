/** Who meets whom in a cluster: scopes whose epochs differ, and what may go wrong on the way. */
import { globEntry, nameEntry, pathEntry, type Scope } from '../../../src/core/scope/entry.ts';
import type { Program } from './actor.ts';
import { lingering, ours, root, type Wish } from './programs.ts';
import type { Scenario } from './search.ts';

const paths = (...names: readonly string[]): Scope => names.map((name) => pathEntry(`${root}/${name}`));
const path = (name: string): Wish => ({ scope: paths(name) });
const resource = (name: string): Wish => ({ scope: [nameEntry(name)] });
const shared = (wish: Wish): Wish => ({ ...wish, mode: 'shared' });
const folding = (wish: Wish): Wish => ({ ...wish, folds: true });

const wholeRoot: Wish = { scope: [pathEntry(root)] };
const allMarkdown: Wish = { scope: [globEntry(root, '**/*.md')] };
/** More top-level names than a transaction has room for. */
const many: Wish = { scope: paths(...Array.from({ length: 130 }, (_, at) => `folder${at}`)) };

/** In a cluster it may be anywhere below the root; in a store it is what it says. */
const fromAbove: Wish = { scope: [globEntry('/', '{w,v}/docs/*')] };

const once = (wish: Wish): Program =>
  ours(async (self) => {
    await self.acquire(wish);
    await self.release();
  });

const twice = (wish: Wish): Program =>
  ours(async (self) => {
    await self.acquire(wish);
    await self.release();
    await self.acquire(wish);
    await self.release();
  });

const waiting = (wish: Wish): Program =>
  ours(async (self) => {
    await self.acquire(wish, { waits: true });
    await self.release();
  });

const writing = (wish: Wish): Program =>
  ours(async (self) => {
    await self.acquire(wish);
    await self.write();
    await self.write();
    await self.release();
  });

const lasting = (wish: Wish): Program =>
  lingering(async (self) => {
    await self.acquire(wish);
  });

const renewing = (wish: Wish): Program =>
  ours(async (self) => {
    await self.acquire(wish);
    await self.renew();
    await self.release();
  });

/** Of one machine's store. */
const atHome = (wish: Wish): Wish => ({ ...wish, store: 'home' });

/** A lock that a window has, and that a later process of its session takes over. */
const windowLock = { scope: paths('src'), store: 'home', session: 'window', id: 'x' } as const;

const takingOver = ours(async (self) => {
  await self.takeOver(windowLock);
  await self.write();
  await self.release();
});

/** `brief` is what each change is held against; `whole` has larger bounds where a scenario knows some. */
export function clusterScenariosAt(scale: 'brief' | 'whole'): readonly Scenario[] {
  if (scale === 'brief') return clusterScenarios;
  return clusterScenarios.map((scenario) => ({ ...scenario, rules: { ...scenario.rules, ...scenario.whole } }));
}

const usual = { crashes: 1, lapses: 0, lags: 1, faults: 1 } as const;

export const clusterScenarios: readonly Scenario[] = [
  { name: 'cluster-acquire', programs: [once(path('src')), once(path('src/api'))], rules: usual },
  {
    name: 'cluster-twice',
    programs: [twice(path('src')), twice(path('src/api'))],
    rules: { crashes: 1, lags: 1, preemptions: 3 },
    whole: { preemptions: Infinity },
  },
  { name: 'cluster-root', programs: [once(wholeRoot), once(path('docs'))], rules: usual },
  { name: 'cluster-glob', programs: [once(allMarkdown), once(path('docs'))], rules: usual },
  { name: 'cluster-roots', programs: [once(wholeRoot), once(allMarkdown)], rules: usual },
  {
    name: 'cluster-folders',
    programs: [once(path('src')), once(path('docs')), once(path('test'))],
    rules: { lags: 1, isUndisturbed: true },
    whole: { crashes: 1 },
  },
  { name: 'cluster-names', programs: [once(resource('a')), once(resource('a'))], rules: usual },
  { name: 'cluster-name-path', programs: [once(resource('src')), once(path('src'))], rules: { isUndisturbed: true } },
  {
    name: 'cluster-shared',
    programs: [once(shared(path('src'))), once(shared(path('src'))), once(path('src'))],
    rules: { lags: 1, preemptions: 3 },
    whole: { crashes: 1, preemptions: Infinity },
  },
  { name: 'cluster-fold', programs: [once(folding(path('SRC/a'))), once(path('src/A'))], rules: { lags: 1 } },
  { name: 'cluster-fold-later', programs: [once(path('SRC/a')), once(folding(path('src/A')))], rules: { lags: 1 } },
  { name: 'cluster-many', programs: [once(many), once(path('folder7'))], rules: { lags: 1 } },
  {
    name: 'cluster-wait',
    programs: [once(path('src')), waiting(path('src')), waiting(path('src'))],
    rules: { preemptions: 3 },
    whole: { preemptions: 4 },
  },
  { name: 'cluster-wait-faults', programs: [once(path('src')), waiting(path('src'))], rules: usual },
  { name: 'cluster-lapse', programs: [writing(path('src')), writing(wholeRoot)], rules: { lapses: 1 } },
  { name: 'cluster-renew', programs: [renewing(path('src')), once(path('src'))], rules: usual },
  {
    name: 'cluster-lasting',
    programs: [lasting(path('src')), once(path('src'))],
    rules: { crashes: 1, lags: 1, lapses: 1 },
  },
  { name: 'cluster-store', programs: [once(atHome(path('src'))), once(atHome(path('src')))], rules: usual },
  {
    name: 'cluster-store-above',
    programs: [once(atHome(path('src'))), once(atHome(fromAbove))],
    rules: { crashes: 1, lags: 1 },
  },
  {
    name: 'cluster-store-others',
    programs: [once(atHome(path('src'))), once(atHome(path('src'))), once({ ...path('src'), store: 'away' })],
    rules: { crashes: 1, preemptions: 2 },
    whole: { lags: 1, preemptions: 3 },
  },
  { name: 'cluster-take-over', programs: [writing(windowLock), takingOver], rules: usual, whole: { lapses: 1 } },
  {
    name: 'cluster-take-over-others',
    programs: [once(windowLock), takingOver, once(path('src'))],
    rules: { crashes: 1, preemptions: 2 },
    whole: { lags: 1, preemptions: 3 },
  },
  {
    name: 'cluster-take-over-line',
    programs: [lasting(windowLock), takingOver, waiting(path('src'))],
    rules: { inheritsHeldOnly: true },
  },
  {
    name: 'cluster-anothers',
    programs: [once({ ...path('src'), id: 'x' }), once({ ...path('src'), id: 'x' })],
    rules: { lags: 1 },
  },
  {
    name: 'cluster-late-view',
    programs: [lasting(path('docs')), lasting(path('src')), once(path('src/api'))],
    rules: { lags: 1 },
    whole: { lags: 2, crashes: 1 },
  },
  { name: 'cluster-three', programs: [once(wholeRoot), once(path('src')), once(path('docs'))], rules: { lags: 1 } },
];
