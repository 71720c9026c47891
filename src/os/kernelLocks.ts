import * as fs from 'node:fs';
import type { FileInfo } from './os.ts';

/**
 * Pids that hold an exclusive flock on this file, by /proc/locks, without touching the lock. In a container it hides
 * holders of other namespaces, and on overlayfs its device differs from stat's: an empty list proves nothing. The pid
 * is the one that called flock(2), which may be a helper that has gone (PROTOCOLS 4.6).
 */
export function flockHolders(file: FileInfo): readonly number[] {
  let text: string;
  try {
    text = fs.readFileSync('/proc/locks', 'latin1');
  } catch {
    return []; // no /proc/locks on this system
  }
  return holdersIn(text, file);
}

/**
 * Lines such as `1: FLOCK  ADVISORY  WRITE 4711 fe:00:131 0 EOF`. Waiting ones begin with `1: ->` and do not count; nor
 * does READ, which may be no more than somebody's probe of a hold.
 */
export function holdersIn(text: string, file: Pick<FileInfo, 'dev' | 'ino'>): readonly number[] {
  const wanted = `${hex(major(file.dev))}:${hex(minor(file.dev))}:${file.ino}`;
  const pids: number[] = [];
  for (const line of text.split('\n')) {
    const [, kind, , access, pid, where] = line.trim().split(/\s+/);
    if (kind === 'FLOCK' && access === 'WRITE' && where === wanted) pids.push(Number(pid));
  }
  return pids;
}

const hex = (value: number): string => value.toString(16).padStart(2, '0');

/** makedev(3) of glibc: 12 bits of major from bit 8, 20 bits of minor around them. */
function major(dev: number): number {
  return Number((BigInt(dev) >> 8n) & 0xfffn);
}

function minor(dev: number): number {
  const bits = BigInt(dev);
  return Number((bits & 0xffn) | ((bits >> 12n) & 0xfff00n));
}
