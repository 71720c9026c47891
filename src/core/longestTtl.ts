/** 100 years, in ms; times beyond what a date can say could not be written into a record. */
export const longestTtlMs = 100 * 366 * 86_400_000;
