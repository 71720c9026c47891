import { InvalidArgumentError } from 'commander';

const dayMs = 86_400_000;
/** A hundred years: longer than anybody waits, and what it is added to stays a date. */
const longestDays = 36_500;

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: dayMs,
};

/** `90` and `90s` are seconds, also `500ms`, `10m`, `2h`, `1d`; in milliseconds. For commander's options. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|min|h|d)?$/.exec(text);
  const ms = Math.round(Number(match?.[1]) * (unitMs[match?.[2] ?? 's'] ?? Number.NaN));
  if (ms > longestDays * dayMs) throw new InvalidArgumentError(`The longest time is ${longestDays}d.`);
  if (!Number.isSafeInteger(ms) || ms <= 0) {
    throw new InvalidArgumentError('Write a time such as 30s, 10m or 2h.');
  }
  return ms;
}

/** A process number, for commander's options. */
export function parsePid(text: string): number {
  const pid = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (pid < 1) throw new InvalidArgumentError('Write a process number, such as $$ in a shell.');
  return pid;
}

const longestProofSeconds = 3_600;

/** How long a proof takes, for commander's options. */
export function parseSeconds(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (seconds > 0 && seconds <= longestProofSeconds) return seconds;
  throw new InvalidArgumentError(`Write a number of seconds up to ${longestProofSeconds}, such as 3.`);
}

const mostProcesses = 64;

/** How many processes take part in a proof, for commander's options; one alone races with nobody. */
export function parseProcesses(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 2 && count <= mostProcesses) return count;
  throw new InvalidArgumentError(`Write a number of processes from 2 to ${mostProcesses}.`);
}
