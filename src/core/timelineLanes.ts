/** A timeline in lanes, one for each scope; what happened there at the same time lies in rows below each other. Pure. */
import type { Happening } from './timeline.ts';

export interface Placed {
  readonly happening: Happening;
  /** From 0. */
  readonly row: number;
}

export interface Lane {
  /** Undefined: of what the journal no longer remembers the scope of. */
  readonly scope: string | undefined;
  readonly placed: readonly Placed[];
  /** At least 1. */
  readonly rows: number;
}

/**
 * @param hotScopes the scopes that come first, in this order; the others follow, the newest first
 * @param gapMs what lies closer in time than this goes into another row, so that it can be told apart
 */
export function lanesOf(
  happenings: readonly Happening[],
  hotScopes: readonly string[],
  gapMs: number,
): readonly Lane[] {
  const byScope = new Map<string | undefined, Happening[]>();
  for (const happening of happenings) {
    const lane = byScope.get(happening.scope);
    if (lane) lane.push(happening);
    else byScope.set(happening.scope, [happening]);
  }
  const heat = new Map(hotScopes.map((scope, index) => [scope, index]));
  const rankOf = (scope: string | undefined): number =>
    scope === undefined ? hotScopes.length + 1 : (heat.get(scope) ?? hotScopes.length);
  const newest = (lane: readonly Happening[]): number =>
    lane.reduce((latest, { to }) => Math.max(latest, to), -Infinity);
  return [...byScope]
    .sort(([a, inA], [b, inB]) => rankOf(a) - rankOf(b) || newest(inB) - newest(inA))
    .map(([scope, lane]) => laneOf(scope, lane, gapMs));
}

/** Holds first, so that they keep the upper rows: each goes into the first row that is free by then. */
function laneOf(scope: string | undefined, lane: readonly Happening[], gapMs: number): Lane {
  const order = [...lane].sort((a, b) => heightOf(a) - heightOf(b) || a.from - b.from);
  const freeFrom: number[] = [];
  const placed = order.map((happening): Placed => {
    const free = freeFrom.findIndex((time) => time <= happening.from);
    const row = free === -1 ? freeFrom.length : free;
    freeFrom[row] = happening.to + gapMs;
    return { happening, row };
  });
  return {
    scope,
    placed: placed.sort((a, b) => a.happening.from - b.happening.from),
    rows: Math.max(1, freeFrom.length),
  };
}

function heightOf({ kind }: Happening): number {
  return { hold: 0, wait: 1, refusal: 2 }[kind];
}
