/** What many measurements say together. Times are in whatever unit they came in. */

export interface Figure {
  readonly median: number;
  readonly p99: number;
  /** The lowest and the highest median of a round: how far the same measurement differs within one run. */
  readonly low: number;
  readonly high: number;
  readonly samples: number;
}

/** The smallest value that `part` of all values do not exceed; NaN of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? NaN;
}

/** Of an even number of values, the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [below = NaN, above = below] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (below + above) / 2;
}

export function figureOf(rounds: readonly (readonly number[])[]): Figure {
  const all = rounds.flat();
  const medians = rounds.filter((round) => round.length > 0).map(median);
  return {
    median: median(all),
    p99: quantile(all, 0.99),
    low: Math.min(...medians),
    high: Math.max(...medians),
    samples: all.length,
  };
}

/**
 * How many times as long as the others. Round by round, because noise hits all that run in one round alike; the median of
 * those ratios, because it does not hit all rounds alike.
 */
export function ratioOf(rounds: readonly (readonly number[])[], others: readonly (readonly number[])[]): number {
  const ratios = rounds.flatMap((round, i) => {
    const other = others[i];
    return other && other.length > 0 && round.length > 0 ? [median(round) / median(other)] : [];
  });
  return median(ratios);
}

/** Jain's fairness of shares: 1 where all got the same, 1/n where one of n got everything; NaN where nobody got anything. */
export function jain(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return (sum * sum) / (shares.length * squares);
}
