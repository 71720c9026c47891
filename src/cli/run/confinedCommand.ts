/** A command that can write only what it is confined to, and that ends with all that it has started. */
import type { ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { LockError, systemErrorCode } from '../../core/errors.ts';
import { descendantsOf, processState } from '../../os/processes.ts';
import type { ExitCode } from '../context.ts';
import { assertBubblewrap, bubblewrapArguments, hasOpenTerminal, privateMounts } from './bubblewrap.ts';
import { exitOf, spawnWith, type Command, type CommandStart } from './command.ts';
import { confinementOf, readConfinement, type ConfinementRequest, type WantedConfinement } from './confinement.ts';
import { endCommand } from './endCommand.ts';
import { placeOf } from './findCommand.ts';
import { PassedSignals } from './passedSignals.ts';

/** They are for the command; bwrap would die of them, and take it along without a warning. */
const passedOn = ['INT', 'TERM', 'HUP', 'QUIT', 'USR1', 'USR2'];
const lookMs = 20;

export interface ConfinedStart extends CommandStart {
  readonly request: ConfinementRequest;
  readonly root: string;
  readonly cwd: string;
}

/**
 * Before a lock is asked for: it may take long to get, and who cannot be confined should not wait for it.
 * @throws LockError `confine-unsupported`, `confine-refused`, `usage`
 */
export function prepareConfinement(wanted: WantedConfinement): ConfinementRequest {
  assertBubblewrap();
  const request = readConfinement(wanted);
  confinementOf(request);
  return request;
}

/**
 * Our child is bwrap; its child is the init of a pid namespace, and that one's first child the command. `exited` is told
 * when the init has gone, because the kernel lets it go only after everything in its namespace.
 * @throws LockError `confine-refused`, where the scope has changed while we waited for the lock
 */
export function startConfined(start: ConfinedStart): Command {
  const { words, descriptors, request, root, cwd } = start;
  const [hold] = descriptors;
  const hasOwnSession = hasOpenTerminal();
  const bubblewrap = bubblewrapArguments(confinementOf(request), {
    cwd,
    visible: [root, import.meta.dirname],
    program: path.resolve(cwd, placeOf(words[0] ?? '')),
    hasOpenTerminal: hasOwnSession,
  });
  closeInherited();
  const child = spawnWith(
    { ...start, descriptors: hold === undefined ? [] : [hold] },
    [
      ...['env', ...passedOn.map((name) => `--ignore-signal=${name}`)],
      ...privateMounts(),
      // The init keeps the hold, and the command has none: it could let go of the lock with it.
      ...['bwrap', '--sync-fd', String(holdDescriptor), '--info-fd', String(infoDescriptor), ...bubblewrap, '--'],
      ...['env', ...passedOn.map((name) => `--default-signal=${name}`)],
      ...['sh', '-c', `echo >&${readyDescriptor}; exec ${holdDescriptor}>&- ${readyDescriptor}>&-; exec "$@"`, 'sh'],
      ...words,
    ],
    { more: ['pipe', 'pipe'], stdin: stdinOf() },
  );
  if (child.stdin) feed(child.stdin);
  const started = commandIn(pipeOf(child, infoDescriptor), pipeOf(child, readyDescriptor));
  let isStarted = false;
  started.then(
    (inside) => (isStarted = inside !== undefined),
    () => undefined, // `exited` says it
  );
  let isKilled = false;
  return {
    exited: endOf(exitOf(child, words), started, () => isKilled),
    signals: new PassedSignals(started.then((inside) => inside?.command)),
    end: async () => {
      if (child.pid === undefined) return;
      if (isStarted) return await endCommand(child.pid);
      // Nothing of the command runs yet, and bwrap takes no TERM.
      isKilled = true;
      child.kill('SIGKILL');
    },
    hearsTerminal: !hasOwnSession,
  };
}

function pipeOf({ stdio }: ChildProcess, descriptor: number): Readable {
  return (stdio as readonly unknown[])[descriptor] as Readable; // typed for five of them
}

/** In this order, so that all of them have one digit: a shell may know no others. */
const holdDescriptor = 3;
const infoDescriptor = 4;
const readyDescriptor = 5;

/**
 * What our caller has left open, and the command would inherit: through `/proc/self/fd` a directory leads out, and a file can
 * be opened anew for writing. What Node.js and we have opened closes by itself.
 */
function closeInherited(): void {
  const closesItself = 0o2000000; // O_CLOEXEC
  for (const name of fs.readdirSync('/proc/self/fd')) {
    const descriptor = Number(name);
    if (descriptor <= 2) continue;
    try {
      const flags = /^flags:\s*([0-7]+)$/m.exec(fs.readFileSync(`/proc/self/fdinfo/${name}`, 'latin1'))?.[1] ?? '0';
      if ((Number.parseInt(flags, 8) & closesItself) === 0) fs.closeSync(descriptor);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT' && systemErrorCode(error) !== 'EBADF') throw error; // the listing's own
    }
  }
}

/** A file that is only to be read could be opened anew for writing: the command gets what is in it by a pipe. */
function stdinOf(): 'inherit' | 'pipe' {
  const stat = fs.fstatSync(0);
  if (stat.isDirectory()) {
    throw new LockError(
      'confine-refused',
      'The standard input is a directory: through it the command could write there.',
      'Give it a file, a pipe or /dev/null.',
    );
  }
  return stat.isFile() ? 'pipe' : 'inherit';
}

function feed(stdin: Writable): void {
  stdin.on('error', () => undefined); // it reads no more: its own affair
  fs.createReadStream('', { fd: 0, autoClose: false }).pipe(stdin);
}

interface Inside {
  /** Of the init and the command, numbers as we see them. */
  readonly init: number;
  readonly initStarted: string | undefined;
  readonly command: number | undefined;
}

/** Undefined where bwrap ended before it had started the command. */
async function commandIn(info: Readable, ready: Readable): Promise<Inside | undefined> {
  const [document, isReady] = await Promise.all([
    text(info).catch(() => ''),
    new Promise<boolean>((resolve) => {
      ready.once('data', () => resolve(true)).once('close', () => resolve(false));
    }),
  ]);
  const pid = /"child-pid": (\d+)/.exec(document)?.[1];
  if (pid === undefined || !isReady) return undefined;
  const init = Number(pid);
  const state = await processState(init);
  const [command] = await descendantsOf(init); // in the order of their numbers; it was alone when it said that it is ready
  return { init, initStarted: state?.state === 'running' ? state.startTime : undefined, command };
}

async function endOf(
  exited: Promise<ExitCode>,
  started: Promise<Inside | undefined>,
  isKilled: () => boolean,
): Promise<ExitCode> {
  const code = await exited;
  const inside = await started;
  if (!inside) {
    if (isKilled()) return code;
    throw new LockError(
      'confine-failed',
      `bubblewrap could not start the command (exit code ${code}).`,
      'What it said stands above. The lock was given back.',
    );
  }
  for (;;) {
    const state = await processState(inside.init);
    if (state?.state !== 'running' || state.startTime !== inside.initStarted) return code;
    await delay(lookMs);
  }
}
