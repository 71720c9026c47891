/** A command that can write only what it is confined to, and that ends with all that it has started. */
import * as fs from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { LockError } from '../../core/errors.ts';
import { descendantsOf, processState } from '../../os/processes.ts';
import type { ExitCode } from '../context.ts';
import { assertBubblewrap, bubblewrapArguments, hasOpenTerminal } from './bubblewrap.ts';
import { exitOf, spawnWith, type Command, type CommandStart } from './command.ts';
import { confinementOf, type ConfinementRequest } from './confinement.ts';
import { placeOf } from './findCommand.ts';
import { PassedSignals } from './passedSignals.ts';

/** They are for the command; bwrap would die of them, and take it along without a warning. */
const passedOn = ['INT', 'TERM', 'HUP', 'QUIT', 'USR2'];
const lookMs = 20;

export interface ConfinedStart extends CommandStart {
  readonly request: ConfinementRequest;
  readonly root: string;
  readonly cwd: string;
}

/**
 * Before a lock is asked for: it may take long to get, and who cannot be confined should not wait for it.
 * @throws LockError `confine-unsupported`, `confine-refused`
 */
export function assertConfinable(request: ConfinementRequest): void {
  assertBubblewrap();
  confinementOf(request);
}

/**
 * Our child is bwrap; its child is the init of a pid namespace, and that one's first child the command. `exited` is told
 * when the init has gone, because the kernel lets it go only after everything in its namespace.
 * @throws LockError `confine-refused`, where the scope has changed while we waited for the lock
 */
export function startConfined(start: ConfinedStart): Command {
  const { words, descriptors, request, root, cwd } = start;
  const hasOwnSession = hasOpenTerminal();
  const infoDescriptor = 3 + descriptors.length;
  const readyDescriptor = infoDescriptor + 1;
  const bubblewrap = bubblewrapArguments(confinementOf(request), {
    cwd,
    visible: [root, fs.realpathSync(placeOf(words[0] ?? '')), import.meta.dirname],
    hasOpenTerminal: hasOwnSession,
  });
  const child = spawnWith(
    start,
    [
      ...['env', ...passedOn.map((name) => `--ignore-signal=${name}`)],
      ...['bwrap', '--info-fd', String(infoDescriptor), ...bubblewrap, '--'],
      ...['env', ...passedOn.map((name) => `--default-signal=${name}`)],
      ...['sh', '-c', `echo >&${readyDescriptor}; exec ${readyDescriptor}>&-; exec "$@"`, 'sh', ...words],
    ],
    ['pipe', 'pipe'],
  );
  const started = commandIn(child.stdio[infoDescriptor] as Readable, child.stdio[readyDescriptor] as Readable);
  return {
    pid: child.pid,
    exited: endOf(exitOf(child, words), started),
    signals: new PassedSignals(started.then((inside) => inside?.command)),
    hearsTerminal: !hasOwnSession,
  };
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

async function endOf(exited: Promise<ExitCode>, started: Promise<Inside | undefined>): Promise<ExitCode> {
  const code = await exited;
  const inside = await started;
  if (!inside) {
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
