import { InvalidArgumentError } from 'commander';
import { longestDurationDays, readDuration } from '../core/duration.ts';

/** See `readDuration`. For commander's options. */
export function parseDuration(text: string): number {
  const ms = readDuration(text);
  if (ms === 'too-long') throw new InvalidArgumentError(`The longest time is ${longestDurationDays}d.`);
  if (ms === 'no-time') throw new InvalidArgumentError('Write a time such as 30s, 10m or 2h.');
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

const largestPort = 65_535;

/** For commander's options. */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= largestPort) return port;
  throw new InvalidArgumentError(`Write a port number up to ${largestPort}.`);
}
