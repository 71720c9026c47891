/** What `workers/cycles.mjs` and `workers/peers.py` can be asked. */
export interface CycleQuestions {
  /** `library`: the file of the library as it ships. */
  readonly open: {
    readonly details: {
      readonly way: string;
      readonly folder: string;
      readonly scope: string;
      readonly library: string;
    };
    readonly answer: null;
  };
  /** So many cycles; the answer is in µs. */
  readonly cycles: { readonly details: number; readonly answer: readonly number[] };
  /** From one moment of the system's monotonic clock to another, in µs. */
  readonly contend: {
    readonly details: { readonly startUs: number; readonly endUs: number };
    readonly answer: { readonly cycles: number; readonly longestWaitUs: number };
  };
  readonly stepCosts: {
    readonly details: { readonly folder: string; readonly times: number };
    readonly answer: readonly { readonly call: string; readonly why: string; readonly tookUs: readonly number[] }[];
  };
}
