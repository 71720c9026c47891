import type { PooledScope } from './pool.ts';

/** What the workers of a storm are told, as JSON in `plan.json` of their folder. */
export interface Plan {
  readonly root: string;
  readonly pool: readonly PooledScope[];
  /** A section has some steps of up to so many milliseconds. */
  readonly longestStepMs: number;
  /** Between two requests, on average. */
  readonly pauseMs: number;
  /** In so large a share of its writes a library worker stops itself just before; somebody has to continue it. */
  readonly stopsItself: number;
  /** So large a share of sections of ours ends only with being told that the record is removed, or after `longestStayMs`. */
  readonly staysUntilTold: number;
  /** Longer than anybody may take to be told. */
  readonly longestStayMs: number;
}
