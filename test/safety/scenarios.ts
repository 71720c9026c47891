/** Who meets whom. Where two meet, one of them may be killed before any step that changes something. */
import type { Program } from './actor.ts';
import { gateRemover, killedLoop, linger, littleLoop, namedLoop, newcomer, ours, vandal } from './programs.ts';
import type { Scenario } from './search.ts';
import type { Concern } from './commuting.ts';

const may = (...concerns: readonly Concern[]): ReadonlySet<Concern> => new Set(concerns);

const twice = (name: string, shared?: true): Program =>
  ours(function* (self) {
    yield* self.acquire(name, shared ? { shared } : {});
    yield* self.release();
    yield* self.acquire(name);
    yield* self.release();
  });

const renewing = ours(function* (self) {
  yield* self.acquire('src');
  yield* self.renew();
  yield* self.release();
});

const waiting = (name: string, shared?: true): Program =>
  ours(function* (self) {
    yield* self.acquire(name, { waitMs: 60_000, ...(shared ? { shared } : {}) });
    yield* self.release();
    yield* linger();
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

/** It died while it held a lock. */
const deadWith = (name: string): Program =>
  newcomer(function* (self) {
    yield* self.acquire(name);
  });

const dead = deadWith('src');

const usual = { crashes: 1, ticks: 0, may: may() } as const;

export const scenarios: readonly Scenario[] = [
  { name: 'acquire', programs: [twice('src'), twice('src/api')], rules: usual, prelude: used },
  { name: 'shared', programs: [twice('src', true), twice('src', true)], rules: usual, prelude: used },
  { name: 'renew', programs: [renewing, twice('src')], rules: usual, prelude: used },
  { name: 'renew-twice', programs: [renewing, renewing], rules: usual, prelude: used },
  { name: 'stale', programs: [twice('src'), twice('src')], rules: usual, prelude: dead },
  { name: 'reap', programs: [reaping, reaping], rules: { ...usual, may: may('sweep') }, prelude: dead },
  {
    name: 'reap-renew',
    programs: [reaping, renewing],
    rules: { ...usual, reusesPids: true, may: may('sweep') },
    prelude: dead,
  },
  { name: 'force', programs: [renewing, forcing], rules: usual, prelude: used },
  { name: 'new-store', programs: [fresh, fresh], rules: { ...usual, may: may('sweep') } },
  { name: 'sweep', programs: [fresh, renewing], rules: { ...usual, may: may('sweep') }, prelude: dead },
  {
    name: 'wait',
    programs: [waiting('src'), waiting('src')],
    rules: { ...usual, ticks: 1, may: may('wait') },
    prelude: used,
  },
  {
    name: 'wait-try',
    programs: [waiting('src'), twice('src')],
    rules: { ...usual, ticks: 1, preemptions: 2, may: may('wait') },
    prelude: used,
  },
  { name: 'loop', programs: [twice('src'), littleLoop('src', 'src')], rules: usual, prelude: used },
  {
    name: 'loop-delete',
    programs: [twice('src'), littleLoop('src', 'src')],
    rules: { ...usual, may: may('delete') },
    prelude: used,
  },
  { name: 'loop-renew', programs: [renewing, littleLoop('src')], rules: usual, prelude: dead },
  {
    name: 'loop-wait',
    programs: [waiting('src'), littleLoop('src')],
    rules: { ...usual, ticks: 1, may: may('wait') },
    prelude: used,
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
    rules: { ...usual, containers: true, may: may('sweep') },
    prelude: deadWith('docs'),
  },
  {
    name: 'gate-removed',
    programs: [reaping, namedLoop('nightly', 'src'), gateRemover],
    rules: { crashes: 0, ticks: 0, preemptions: 3, may: may('delete', 'sweep') },
    prelude: killedLoop('nightly', 'docs'),
  },
  {
    name: 'vandal-containers',
    programs: [fresh, vandal('removeTree')],
    rules: { ...usual, containers: true, may: may('delete', 'sweep', 'wait') },
    prelude: used,
  },
  {
    name: 'vandal',
    programs: [renewing, fresh, vandal('removeTree')],
    rules: { crashes: 0, ticks: 0, preemptions: 2, may: may('delete', 'sweep', 'wait') },
    prelude: used,
  },
  {
    name: 'three',
    programs: [twice('src'), renewing, twice('src/api')],
    rules: { crashes: 0, ticks: 0, preemptions: 2, may: may() },
    prelude: used,
  },
  {
    name: 'three-wait',
    programs: [waiting('src'), waiting('src', true), waiting('src', true)],
    rules: { crashes: 0, ticks: 1, preemptions: 1, may: may('wait') },
    prelude: used,
  },
];
