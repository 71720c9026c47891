import * as fs from 'node:fs';
import type { FileInfo, FlockState } from './os.ts';
import { isGone } from './processes.ts';

/**
 * Whether /proc/locks shows an exclusive flock on this file, without touching the lock. In a container it hides holders of
 * other namespaces, and on overlayfs its device differs from stat's: false proves nothing.
 */
export function isShownLocked(file: FileInfo): boolean {
  return shownPids(file).length > 0;
}

/**
 * Living processes that hold an exclusive flock on this file; an empty list proves nothing. /proc/locks names the one that
 * called flock(2), which may be a helper that has gone while its parent keeps the descriptor (PROTOCOLS 4.6); then
 * every process that we may look into is asked. For sentences only: it takes some milliseconds.
 */
export function flockHolders(file: FileInfo): readonly number[] {
  const living = shownPids(file).filter((pid) => !isGone(pid));
  return living.length > 0 ? living : processNumbers().filter((pid) => holdsLocked(pid, file));
}

/** Namespace of the first process of the machine (PROC_PID_INIT_INO): only there /proc/locks shows all. */
const initialPidNamespace = 'pid:[4026531836]';

export function flockState(file: FileInfo): FlockState {
  if (isShownLocked(file)) return 'held';
  return linkQuietly('/proc/self/ns/pid') === initialPidNamespace && readQuietly('/proc/locks') !== undefined
    ? 'free'
    : 'hidden';
}

function linkQuietly(file: string): string | undefined {
  try {
    return fs.readlinkSync(file);
  } catch {
    return undefined; // no such system
  }
}

function shownPids(file: FileInfo): readonly number[] {
  const text = readQuietly('/proc/locks');
  return text === undefined ? [] : holdersIn(text, file); // no /proc/locks on this system
}

/** By the `lock:` lines of proc_pid_fdinfo(5), which tell the locks of a descriptor whoever has called flock(2) for it. */
function holdsLocked(pid: number, file: FileInfo): boolean {
  return listQuietly(`/proc/${pid}/fdinfo`).some((fd) => {
    const text = readQuietly(`/proc/${pid}/fdinfo/${fd}`) ?? '';
    const locks = [...text.matchAll(/^lock:\s*(.*)$/gm)].map(([, line = '']) => line).join('\n');
    return holdersIn(locks, file).length > 0;
  });
}

function processNumbers(): readonly number[] {
  return listQuietly('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Undefined where it has gone, or is not ours to see. */
function readQuietly(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}

function listQuietly(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return []; // as above
  }
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
