/** Files as released versions wrote them, with neutral values in place of what one machine said of itself. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Identity } from '../../src/os/os.ts';

const folder = new URL('../fixtures/formats/', import.meta.url);

/** Who wrote them, and where. */
export const writer = {
  root: '/workspace',
  host: 'host',
  machineId: '0123456789abcdef0123456789abcdef',
  bootId: '00000000-0000-4000-8000-0000000000b0',
  pidNamespace: 'pid:[4026531836]',
  timeNamespace: 'time:[4026531834]',
  pid: 4711,
  startTime: 'ticks:123456',
} as const;

/** `name` counts from `test/fixtures/formats`. */
export function fixture(name: string): string {
  return readFileSync(new URL(name, folder), 'utf8');
}

export function recordNames(release: string): readonly string[] {
  return readdirSync(new URL(`${release}/records/`, folder)).sort();
}

/** The same file as if it had been written on this machine, in `root`, by the process `pid`. */
export function asWrittenHere(text: string, root: string, here: Identity, pid: number, startTime: string): string {
  const replaced: readonly (readonly [old: string, by: string | undefined])[] = [
    [`"host":"${writer.host}"`, `"host":"${here.host}"`],
    [writer.root, root],
    [writer.machineId, here.machineId],
    [writer.bootId, here.bootId],
    [writer.pidNamespace, here.pidNamespace],
    [writer.timeNamespace, here.timeNamespace],
    [writer.startTime, startTime],
    [String(writer.pid), String(pid)],
  ];
  return replaced.reduce((result, [old, by]) => (by === undefined ? result : result.replaceAll(old, by)), text);
}
