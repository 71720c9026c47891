/** The kinds of weather in a storm: what happens to the workers, and what may be refused to them because of it. */

export const weathers = ['deaths, stops and set clocks', 'full disk', 'removals by others'] as const;
export type Weather = (typeof weathers)[number];

/** What can happen to the workers. */
export type Event =
  | 'killed'
  | 'stopped for a moment'
  | 'stopped for longer than the lease'
  | 'clock set'
  | 'disk filled'
  | 'record removed'
  | 'running directory removed';

/** In this order first, then at random. */
export const eventsOf: Readonly<Record<Weather, readonly Event[]>> = {
  'deaths, stops and set clocks': [
    'killed',
    'clock set',
    'stopped for longer than the lease',
    'stopped for a moment',
    'clock set',
    'killed',
  ],
  'full disk': ['disk filled', 'killed', 'disk filled'],
  'removals by others': ['record removed', 'running directory removed', 'record removed', 'killed'],
};

/** Codes of `LockError`, and what little-loops' writers fail with, which know no better. */
export const refusalsOf: Readonly<Record<Weather, readonly string[]>> = {
  'deaths, stops and set clocks': [],
  'full disk': ['store-not-writable', 'peer-ENOSPC'],
  'removals by others': ['peer-ENOENT'],
};
