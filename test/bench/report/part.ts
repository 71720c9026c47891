/** What a part of the benchmark has found out, ready to be shown. */

export interface Table {
  readonly title: string;
  /** What one has to know to read it; a paragraph each. */
  readonly notes: readonly string[];
  /** So many columns are words, the others are figures. */
  readonly textColumns: number;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Target {
  readonly what: string;
  readonly target: string;
  readonly measured: string;
  readonly isMet: boolean;
}

export interface Point {
  readonly series: string;
  readonly x: number | string;
  readonly y: number;
}

export interface Chart {
  /** Of its files: `bench-NAME.svg`. */
  readonly name: string;
  readonly kind: 'lines' | 'dots';
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly points: readonly Point[];
}

export interface Part {
  readonly title: string;
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  readonly charts: readonly Chart[];
}
