// Runs one command to its end, quietly: its output is shown only when it fails.
// The command is the leader of its own process group, so that an abort (Ctrl-C, SIGTERM) ends everything it started.
import { endGroup, startInOwnGroup } from './processes.mjs';

/** Lines of output that a failure message carries, from its beginning and from its end. */
const linesShown = 12;

/**
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, signal?: AbortSignal, timeoutMs?: number }} [options]
 * @returns {Promise<string>} stdout and stderr together
 */
export async function runCommand(file, args, { cwd, env, signal, timeoutMs } = {}) {
  signal?.throwIfAborted();
  const child = startInOwnGroup(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const collect = (/** @type {Buffer} */ chunk) => (output += chunk.toString());
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const stop = () => void endGroup(child);
  signal?.addEventListener('abort', stop, { once: true });
  let late = false;
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => ((late = true), stop()), timeoutMs);
  try {
    const how = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, killedBy) => resolve(code ?? killedBy));
    });
    signal?.throwIfAborted();
    if (late) throw new Error(`\`${file} ${args.join(' ')}\` did not end within ${timeoutMs} ms.`);
    if (how !== 0) {
      throw new Error(`\`${file} ${args.join(' ')}\` ended with ${how}:\n${shortened(output)}`);
    }
    return output;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** @param {string} output */
function shortened(output) {
  const lines = output.trimEnd().split('\n');
  if (lines.length <= 2 * linesShown) return lines.join('\n');
  return [...lines.slice(0, linesShown), '…', ...lines.slice(-linesShown)].join('\n');
}
