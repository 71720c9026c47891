// Processes that we start are leaders of their own groups and are ended by id, the whole group, TERM before KILL.
// Nothing here looks for a process by name: other people's processes run on the same machine.
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 50;
const killWaitMs = 3_000;

/** The variable by which processes that left their group (a detached keeper, a terminal's shell) are still known as ours. */
export const markName = 'WLOCK_TEST_RUN';

/**
 * @param {string} file
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 */
export function startInOwnGroup(file, args, options) {
  return spawn(file, args, { ...options, detached: true });
}

/**
 * Ends the child and everything in its group; returns when none of them runs any more.
 * @param {import('node:child_process').ChildProcess} child one that startInOwnGroup made
 * @param {number} [graceMs] between TERM and KILL
 */
export async function endGroup(child, graceMs = 3_000) {
  if (child.pid === undefined) return; // never started
  const group = child.pid;
  await endAll(
    (signal) => signalQuietly(-group, signal),
    () => groupRuns(group),
    graceMs,
  );
}

/**
 * Ends processes that left their group but are known by a mark: on Linux those that inherited `WLOCK_TEST_RUN=<mark>`,
 * elsewhere (no /proc) those whose data folder is named after it, as desktop VS Code's is.
 * @param {string} mark the unique name of a temporary folder
 * @param {number} [graceMs]
 */
export async function endMarked(mark, graceMs = 3_000) {
  await endAll(
    (signal) => marked(mark).forEach((pid) => signalQuietly(pid, signal)),
    () => marked(mark).length > 0,
    graceMs,
  );
}

/**
 * @param {string} mark
 * @returns {number[]} never this process itself
 */
function marked(mark) {
  const pids = process.platform === 'linux' ? markedByEnvironment(mark) : markedByDataFolder(mark);
  return pids.filter((pid) => pid !== process.pid);
}

/** @param {string} mark */
function markedByEnvironment(mark) {
  const wanted = `${markName}=${mark}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => readOrEmpty(`/proc/${pid}/environ`).split('\0').includes(wanted))
    .map(Number);
}

/** @param {string} mark */
function markedByDataFolder(mark) {
  const rows = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return rows
    .filter((row) => /--(user|server)-data-dir[= ]/.test(row) && row.includes(mark))
    .map((row) => parseInt(row, 10));
}

/**
 * @param {(signal: NodeJS.Signals) => void} send
 * @param {() => boolean} anyRuns
 * @param {number} graceMs
 */
async function endAll(send, anyRuns, graceMs) {
  for (const [signal, waitMs] of /** @type {[NodeJS.Signals, number][]} */ ([
    ['SIGTERM', graceMs],
    ['SIGKILL', killWaitMs],
  ])) {
    send(signal);
    const until = Date.now() + waitMs;
    while (anyRuns() && Date.now() < until) await sleep(pollMs);
    if (!anyRuns()) return;
  }
}

/** @param {number} group */
function groupRuns(group) {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  // Signal 0 reaches zombies too, and a container's init may never reap them: ask for the state.
  const rows = execFileSync('ps', ['-A', '-o', 'pgid=,stat='], { encoding: 'utf8' }).split('\n');
  return rows.some((row) => {
    const [pgid, state = ''] = row.trim().split(/\s+/);
    return Number(pgid) === group && !state.startsWith('Z');
  });
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function signalQuietly(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // Already gone, which is what was wanted.
  }
}

/** @param {string} path */
function readOrEmpty(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // gone meanwhile, or another user's
  }
}
