/** Figures as people read them: three digits, and a unit that fits. */

export function formatUs(us: number): string {
  if (Number.isNaN(us)) return '–';
  if (us < 999.5) return `${threeDigits(us)} µs`;
  return us < 999_500 ? `${threeDigits(us / 1_000)} ms` : `${threeDigits(us / 1_000_000)} s`;
}

export function formatTimes(ratio: number): string {
  return Number.isNaN(ratio) ? '–' : `${threeDigits(ratio)} ×`;
}

export function formatKib(bytes: number): string {
  return `${threeDigits(bytes / 1_024)} KiB`;
}

export function formatMib(bytes: number): string {
  return `${threeDigits(bytes / 1_048_576)} MiB`;
}

export function threeDigits(value: number): string {
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.995 ? 2 : 3;
  return value.toFixed(digits);
}
