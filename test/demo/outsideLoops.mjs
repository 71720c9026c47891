// The demo's outside writers: real Python processes that know little-loops' protocol and nothing of Workspace Locks, and
// shell loops that take their locks with `wlock run`.
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endGroup, startInOwnGroup } from '../setup/processes.mjs';

const loopPy = fileURLToPath(new URL('loop.py', import.meta.url));
export const cliFile = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));
const firstLockTimeoutMs = 10_000;

/** Two contend for `src/api` and two for `src/ui`, so that somebody often waits; one holds a file for long. */
const cast = [
  ['--name', 'nightly-loop', '--scope', 'src/api', '--hold', '8', '14', '--pause', '2', '4', '--queue'],
  [
    '--name',
    'api-tester',
    '--scope',
    'src/api/orders.ts',
    '--scope',
    'test',
    '--hold',
    '4',
    '8',
    '--pause',
    '3',
    '6',
    '--queue',
  ],
  ['--name', 'refactor-bot', '--scope', 'src/ui', '--hold', '6', '12', '--pause', '3', '6'],
  ['--name', 'ui-polisher', '--scope', 'src/ui/shelf.ts', '--hold', '3', '6', '--pause', '4', '8', '--queue'],
  ['--name', 'docs-sweeper', '--scope', 'docs', '--hold', '5', '9', '--pause', '5', '10'],
  ['--name', 'release-captain', '--scope', 'src/release.ts', '--hold', '3600', '3600'],
];

/** Both wait in the queue: one reads all sources and shares them, the other writes where loops do. Seconds. */
const scripts = [
  { words: ['--holder', 'metrics-reader', '--shared', '--glob', 'src/ui/*.ts'], hold: 3, pause: 4 },
  { words: ['--holder', 'type-fixer', '--path', 'src/api/orders.ts', '--path', 'docs/guide.md'], hold: 5, pause: 5 },
];
const scriptLoop = 'hold=$1; pause=$2; shift 2; while :; do "$@" -- sleep "$hold"; sleep "$pause"; done';

/**
 * The one that is killed. Unreaped, because any loop that scans removes the lock of a process that is wholly gone: within
 * a second nothing would be left to see.
 */
const doomed = ['--name', 'crashed-loop', '--scope', 'README.md', '--hold', '3600', '3600', '--unreaped'];

/**
 * Starts the loops; one of them is killed as soon as it holds its lock, which leaves a stale lock behind.
 * @param {string} folder
 * @param {{
 *   say: (line: string) => void,
 *   onStart: (child: import('node:child_process').ChildProcess) => void,
 *   signal: AbortSignal,
 * }} options `onStart` gets every process as soon as it exists, to end it later
 */
export async function startOutsideLoops(folder, { say, onStart, signal }) {
  const start = (/** @type {string[]} */ args) => {
    const child = startInOwnGroup('python3', [loopPy, '--root', folder, ...args], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }, // no __pycache__ in the repository
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onStart(child);
    child.on('error', (error) => say(`A loop did not start: ${error.message}`));
    const lines = createInterface({ input: /** @type {import('node:stream').Readable} */ (child.stdout) });
    lines.on('line', say);
    return lines;
  };
  for (const args of cast) start(args);
  for (const { words, hold, pause } of scripts) {
    const command = [process.execPath, cliFile, 'run', '--wait', ...words];
    const options = /** @type {const} */ ({ cwd: folder, stdio: 'ignore' });
    onStart(startInOwnGroup('sh', ['-c', scriptLoop, 'sh', `${hold}`, `${pause}`, ...command], options));
  }
  process.kill(await firstHolder(start(doomed), signal), 'SIGKILL');
  say('crashed-loop   was killed');
}

/**
 * @param {import('node:readline').Interface} lines
 * @param {AbortSignal} signal
 * @returns {Promise<number>} the pid that the first "acquired" line names
 */
function firstHolder(lines, signal) {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error('crashed-loop did not get its lock.'));
    const timer = setTimeout(fail, firstLockTimeoutMs);
    const settle = () => clearTimeout(timer);
    signal.addEventListener('abort', () => (settle(), reject(signal.reason)), { once: true });
    lines.once('close', () => (settle(), fail()));
    lines.on('line', (line) => {
      const pid = / acquired .*\(pid (\d+)\)$/.exec(line)?.[1];
      if (pid) (settle(), resolve(Number(pid)));
    });
  });
}
