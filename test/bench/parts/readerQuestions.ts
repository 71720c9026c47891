/** What `workers/reader.mjs` can be asked. Times are in µs, of the system's monotonic clock. */
export interface ReaderQuestions {
  readonly open: { readonly details: { readonly library: string; readonly root: string }; readonly answer: null };
  /** In bytes, after a collection. */
  readonly memory: { readonly details: null; readonly answer: { readonly heapUsed: number; readonly rss: number } };
  readonly refresh: {
    readonly details: number;
    readonly answer: { readonly tookUs: readonly number[]; readonly locks: number };
  };
  readonly covering: {
    readonly details: readonly string[];
    readonly answer: {
      readonly firstUs: readonly number[];
      readonly againUs: readonly number[];
      readonly covered: number;
    };
  };
  readonly blockersOf: {
    readonly details: readonly string[];
    readonly answer: { readonly tookUs: readonly number[]; readonly blockers: number };
  };
  readonly watch: { readonly details: null; readonly answer: null };
  readonly idle: {
    readonly details: number;
    readonly answer: { readonly cpuPercent: number; readonly wakeUpsPerSecond: number };
  };
}

/** What it tells once it watches: the names of the holders whose locks came, went, or have turned stale. */
export interface Told {
  readonly atUs: number;
  /** Since the system told that process of a record's name. */
  readonly workUs: number;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly stale: readonly string[];
}
