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

/** A burst of short holds must not make its lane higher than the screen: beyond so many rows they lie over each other. */
const mostRows = 6;

/**
 * @param hotScopes the scopes that come first, in this order; the others follow, the newest first
 * @param leastMs what lasts shorter takes as much room all the same, because it is drawn so that it can be seen
 */
export function lanesOf(
  happenings: readonly Happening[],
  hotScopes: readonly string[],
  leastMs: number,
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
    .map(([scope, lane]) => laneOf(scope, lane, leastMs));
}

/** Holds first, so that they keep the upper rows: each goes into the first row that is free by then, or soonest. */
function laneOf(scope: string | undefined, lane: readonly Happening[], leastMs: number): Lane {
  const order = [...lane].sort((a, b) => heightOf(a) - heightOf(b) || a.from - b.from);
  const freeFrom: number[] = [];
  const placed = order.map((happening): Placed => {
    const free = freeFrom.findIndex((time) => time <= happening.from);
    const soonest = freeFrom.length < mostRows ? freeFrom.length : freeFrom.indexOf(Math.min(...freeFrom));
    const row = free === -1 ? soonest : free;
    freeFrom[row] = Math.max(happening.to, happening.from + leastMs);
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
