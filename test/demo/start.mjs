// `npm start`: the extension on real input. Installs, builds, makes a workspace in a temporary folder, lets outside loops
// loose on it and opens it in VS Code. Ctrl-C ends every process and removes every folder that this made.
//
//   node test/demo/start.mjs [--no-open] [--port N] [--verbose]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runCommand } from '../setup/command.mjs';
import { installPackages } from '../setup/install.mjs';
import { requirePrerequisites } from '../setup/prerequisites.mjs';
import { endGroup } from '../setup/processes.mjs';
import { cliFile, startOutsideLoops } from './outsideLoops.mjs';
import { makeDemoWorkspace } from './workspace.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const say = (/** @type {string} */ line) => console.log(line);
process.stdout.on('error', () => undefined); // the terminal was closed: still clean up

/** @type {(() => unknown)[]} what to undo, last first */
const cleanups = [];
const stopping = new AbortController();
const stopped = new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }));
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
}

try {
  await start(readOptions());
} catch (error) {
  if (!stopping.signal.aborted) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
} finally {
  if (cleanups.length > 0) say('Closing …');
  for (const undo of cleanups.reverse()) {
    try {
      await undo();
    } catch (error) {
      console.error(error); // and go on: the next thing has to be undone too
      process.exitCode = 1;
    }
  }
}
process.exit();

/** @param {{ open: boolean, port: number | undefined, verbose: boolean }} options */
async function start({ open, port, verbose }) {
  const signal = stopping.signal;
  requirePrerequisites();
  await installPackages(root, { say, signal });
  say('Building …');
  if (!existsSync(join(root, 'esbuild.mjs')))
    throw new Error('There is no esbuild.mjs: this is not the whole repository.');
  await runCommand(process.execPath, ['esbuild.mjs'], { cwd: root, signal });

  const workspace = makeDemoWorkspace();
  cleanups.push(workspace.remove);
  cleanups.push(() => tellStats(workspace.folder));
  await startOutsideLoops(workspace.folder, {
    say: (line) => (verbose ? say(line) : undefined),
    onStart: (child) => cleanups.push(() => endGroup(child)),
    signal,
  });
  say(
    `Workspace: ${workspace.folder} (six loops and two scripts contend for it, a seventh loop was killed and left its lock)`,
  );

  // Only now: its packages may have been installed just before.
  const { openEditor } = await import('./editor.mjs');
  const editor = await openEditor({ root, folder: workspace.folder, open, port, say, signal });
  cleanups.push(editor.close);
  say('Ctrl-C ends it all.');
  await Promise.race([stopped, editor.ended.then((sentence) => signal.aborted || say(sentence))]);
}

/** What the scripts saw; the loops keep no journal. @param {string} folder */
function tellStats(folder) {
  const { stdout } = spawnSync(process.execPath, [cliFile, 'stats'], { cwd: folder, encoding: 'utf8' });
  say(`wlock stats:\n${stdout}`);
}

function readOptions() {
  const { values } = parseArgs({
    options: { 'no-open': { type: 'boolean' }, port: { type: 'string' }, verbose: { type: 'boolean' } },
  });
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new Error(`--port wants a number from 1 to 65535, not ${values.port}.`);
  }
  return { open: !values['no-open'], port, verbose: values.verbose === true };
}
