/** Processes: is a pid alive, since when, who are its ancestors. Linux reads /proc; macOS asks ps. */
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { systemErrorCode } from '../core/errors.ts';
import type { ProcessState } from '../core/verdict.ts';

const run = promisify(execFile);

/** Linux pids end at 2^22, but little-loops accepts what fits a C int. */
const largestPid = 0x7fff_ffff;

export function processState(pid: number): ProcessState | undefined | Promise<ProcessState | undefined> {
  if (!Number.isInteger(pid) || pid <= 0 || pid > largestPid) return undefined;
  if (isGone(pid)) return { state: 'gone' };
  return process.platform === 'linux' ? linuxState(pid) : psState(pid);
}

/** EPERM is alive; only ESRCH is gone (PROTOCOLS 1.10, BUG-526). A zombie is not gone yet. 1 µs. */
export function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return systemErrorCode(error) === 'ESRCH';
  }
}

function linuxState(pid: number): ProcessState {
  const stat = readStat(pid);
  // Between kill(2) and this read the process may have gone; or /proc is mounted with hidepid and shows us nothing.
  if (!stat) return isGone(pid) ? { state: 'gone' } : { state: 'running' };
  // A zombie leader whose threads still run can still write (DESIGN 4, row 6).
  if (stat.state === 'Z' && stat.threads <= 1) return { state: 'zombie' };
  return {
    state: 'running',
    startTime: `ticks:${stat.startTicks}`,
    startedAtMs: bootTimeMs() + stat.startTicks * msPerTick,
  };
}

/** USER_HZ is 100 on every Linux architecture that Node.js supports. */
const msPerTick = 10;

interface Stat {
  readonly state: string;
  readonly parent: number;
  readonly threads: number;
  readonly startTicks: number;
}

/** proc(5): the fields after the last `)`, because a command's name may hold anything, parentheses too. */
function readStat(pid: number): Stat | undefined {
  let text: string;
  try {
    text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined; // gone, or hidden: the caller asks kill(2) again
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent, threads, startTicks] = [fields[0], fields[1], fields[17], fields[19]];
  if (state === undefined || startTicks === undefined) return undefined;
  return { state, parent: Number(parent), threads: Number(threads), startTicks: Number(startTicks) };
}

/** Epoch ms of the boot by today's clock; a set clock moves it, so it only ever supports "perhaps" (row 8). */
function bootTimeMs(): number {
  const match = /^btime (\d+)$/m.exec(fs.readFileSync('/proc/stat', 'latin1'));
  return Number(match?.[1] ?? 0) * 1_000;
}

async function psState(pid: number): Promise<ProcessState> {
  const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { env: { LC_ALL: 'C' } }).catch(
    () => ({
      stdout: '', // ps exits 1 for a pid that has gone meanwhile
    }),
  );
  const match = /^(\S+)\s+(.+?)\s*$/.exec(stdout);
  if (!match) return isGone(pid) ? { state: 'gone' } : { state: 'running' };
  const [, state, started] = match;
  if (state?.startsWith('Z')) return { state: 'zombie' };
  const startedAtMs = Date.parse(started ?? '');
  return { state: 'running', startTime: `lstart:${started}`, ...(Number.isNaN(startedAtMs) ? {} : { startedAtMs }) };
}

/** Bounds the walk where pids are reused while we walk. */
const longestAncestry = 1_000;

export function ancestorsOf(pid: number): readonly number[] | Promise<readonly number[]> {
  if (process.platform !== 'linux') return parentsByPs().then((parents) => walkUp(pid, (child) => parents.get(child)));
  return walkUp(pid, (child) => readStat(child)?.parent);
}

function walkUp(pid: number, parentOf: (child: number) => number | undefined): readonly number[] {
  const found: number[] = [];
  let parent = parentOf(pid) ?? 0;
  while (parent > 0 && found.length < longestAncestry) {
    found.push(parent);
    parent = parentOf(parent) ?? 0;
  }
  return found;
}

/** All living processes below `pid`, without itself. */
export async function descendantsOf(pid: number): Promise<readonly number[]> {
  const parents = process.platform === 'linux' ? parentsByProc() : await parentsByPs();
  const found = new Set([pid]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const [child, parent] of parents) if (found.has(parent)) found.add(child);
  }
  found.delete(pid);
  return [...found];
}

function parentsByProc(): ReadonlyMap<number, number> {
  const pids = fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return new Map(
    pids.flatMap((pid): [number, number][] => {
      const stat = readStat(pid);
      return stat ? [[pid, stat.parent]] : []; // it has gone since the listing
    }),
  );
}

async function parentsByPs(): Promise<ReadonlyMap<number, number>> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
  const pairs = [...stdout.matchAll(/^\s*(\d+)\s+(\d+)/gm)];
  return new Map(pairs.map(([, pid, parent]) => [Number(pid), Number(parent)]));
}

/** Short name of a running program, for sentences only. */
export function commandName(pid: number): string | undefined {
  try {
    return fs.readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined; // gone, not ours to see, or no /proc: the sentence does without
  }
}
