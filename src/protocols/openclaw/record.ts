/** openclaw's record (PROTOCOLS 3.3). It ignores other keys, and takes a number of the wrong type for a missing one. */
import type { Format, Malformed } from '../readLockFile.ts';

export interface ClawRecord {
  readonly kind: 'record';
  readonly pid?: number;
  /** Epoch ms. */
  readonly createdAt?: number;
  /** Clock ticks from boot to the start of the process; Linux only. */
  readonly startTicks?: number;
  readonly maxHoldMs?: number;
}

export const clawFormat: Format<ClawRecord> = { maxBytes: 64 * 1024, decode };

/** In the order of keys, and with the indent, of the builds that obey us (era B). */
export function encode({
  pid,
  createdAt,
  startTicks,
}: Required<Pick<ClawRecord, 'pid' | 'createdAt'>> & ClawRecord): string {
  const record = { pid, createdAt: new Date(createdAt).toISOString(), starttime: startTicks };
  return JSON.stringify(record, undefined, 2);
}

/** Ticks of a start time as `os/processes.ts` writes it; undefined on systems that count otherwise. */
export function ticksOf(startTime: string | undefined): number | undefined {
  const [, ticks] = /^ticks:(\d+)$/.exec(startTime ?? '') ?? [];
  return ticks === undefined ? undefined : Number(ticks);
}

function decode(bytes: Buffer): ClawRecord | Malformed {
  if (bytes.length === 0) return malformed('it is empty: perhaps just being written');
  let value: unknown;
  try {
    // Newer builds end it with a token of blanks (PROTOCOLS 3.5), which JSON allows.
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return malformed('it is not JSON: perhaps just being written');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return malformed('it is no object');
  const { pid, createdAt, starttime, maxHoldMs } = value as Readonly<Record<string, unknown>>;
  return {
    kind: 'record',
    ...known('pid', isCount(pid) && pid > 0 ? pid : undefined),
    ...known('createdAt', timeOf(createdAt)),
    ...known('startTicks', isCount(starttime) ? starttime : undefined),
    ...known('maxHoldMs', isCount(maxHoldMs) && maxHoldMs > 0 ? maxHoldMs : undefined),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function known<K extends string>(key: K, value: number | undefined): { readonly [name in K]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [name in K]: number });
}

const malformed = (problem: string): Malformed => ({ kind: 'malformed', problem });
