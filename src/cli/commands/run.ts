import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import * as os from 'node:os';
import { isatty } from 'node:tty';
import { messageOf } from '../../core/errors.ts';
import { lossSentence } from '../../manager/lossSentence.ts';
import { lossCauseOf, type HeldLock } from '../../manager/heldLock.ts';
import { sessionVariable, type AcquireOutcome } from '../../manager/lockManager.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, type Context, type ExitCode } from '../context.ts';
import { endCommand } from '../endCommand.ts';
import { assertCommand, commandNotFound } from '../findCommand.ts';
import { reportInterruption } from '../interrupted.ts';
import { Interruption, isCancelled } from '../interruption.ts';
import { reportRefusal } from '../refusal.ts';
import { addScopeOptions, readScope, scopeParts, type ScopeOptions } from '../scopeOptions.ts';
import { addWaitOptions, waitRequest, WaitTalk, type WaitOptions } from '../waitOptions.ts';

interface Options extends ScopeOptions, WaitOptions {
  readonly holder?: string;
  readonly reason?: string;
  readonly shared: boolean;
}

export function runCommand({ program, run }: CommandHost): void {
  const command = program.command('run').description('hold a lock as long as a command runs');
  addWaitOptions(addScopeOptions(command))
    .option('--holder <name>', "who holds it (default: the command's name)")
    .option('--reason <text>', 'why, for others to read')
    .option('--shared', 'other shared locks may overlap', false)
    .argument('<command...>', 'after --, the command and its arguments')
    .passThroughOptions()
    .action(async (words: string[], options: Options) => {
      await run(command, (context) => runLocked(context, words, options));
    });
}

async function runLocked(context: Context, words: readonly string[], options: Options): Promise<ExitCode> {
  assertCommand(words[0] ?? '');
  using interruption = new Interruption();
  const outcome = await acquire(context, words, options, interruption);
  if (typeof outcome === 'number') return reportInterruption(context, outcome);
  if (!outcome.ok) return reportRefusal(context, outcome.conflict);
  const { held } = outcome;
  try {
    // The signal may have come when the lock was ours already.
    if (interruption.exitCode !== undefined) return reportInterruption(context, interruption.exitCode);
    return await superviseChild(context, words, held, interruption);
  } finally {
    await held.release().catch((error: unknown) => {
      // Our end frees the lock, and the command's own exit code matters more.
      context.streams.err(`wlock: the lock record could not be deleted (${messageOf(error)}); it goes stale now.\n`);
    });
  }
}

async function acquire(
  context: Context,
  words: readonly string[],
  options: Options,
  interruption: Interruption,
): Promise<AcquireOutcome | ExitCode> {
  const talk = new WaitTalk(context);
  try {
    const outcome = await context.manager.acquire({
      scope: readScope(context, scopeParts(options)),
      holder: options.holder ?? (words[0] ?? '').slice(-60),
      mode: options.shared ? 'shared' : 'exclusive',
      tool: 'wlock run',
      ...(options.reason === undefined ? {} : { reason: options.reason }),
      ...waitRequest(options),
      onWaiting: talk.onWaiting,
      signal: interruption.signal,
    });
    if (outcome.ok) talk.tellDone();
    return outcome;
  } catch (error) {
    if (interruption.exitCode !== undefined && isCancelled(error)) return interruption.exitCode;
    throw error;
  } finally {
    talk.end();
  }
}

async function superviseChild(
  context: Context,
  words: readonly string[],
  held: HeldLock,
  interruption: Interruption,
): Promise<ExitCode> {
  const child = startChild(context, words, held);
  forwardSignals(interruption, child);
  let ending: Promise<void> | undefined;
  const onLost = (): void => {
    context.streams.err(`wlock: the lock was lost (${lossSentence(lossCauseOf(held.lost))}); ending the command.\n`);
    if (child.pid !== undefined) ending = endCommand(child.pid);
  };
  held.lost.addEventListener('abort', onLost);
  try {
    const code = await exitOf(child, words);
    await ending; // what the command has started may outlive it, and would go on writing
    return held.lost.aborted ? exitCode.lost : code;
  } finally {
    held.lost.removeEventListener('abort', onLost);
  }
}

/**
 * The command inherits the hold as descriptor 3, so that ours still see a living holder if we are killed, and after it the
 * locks that agentwire sees; and on Linux
 * it is killed with us, because little-loops sees only our pid (DESIGN 6.1).
 */
function startChild({ manager }: Context, words: readonly string[], held: HeldLock): ChildProcess {
  const guarded = [...parentDeathGuard(), ...words];
  const [file = '', ...args] = guarded;
  return spawn(file, args, {
    stdio: ['inherit', 'inherit', 'inherit', manager.holdDescriptor(), ...held.descriptors],
    env: {
      ...environmentOfCommand(),
      WLOCK_ID: held.id,
      WLOCK_TOKEN: held.token,
      [sessionVariable]: manager.session,
    },
  });
}

/** In a terminal of VS Code, Electron runs us, told by a variable to be Node.js; the command may be Electron too. */
function environmentOfCommand(): NodeJS.ProcessEnv {
  const { ELECTRON_RUN_AS_NODE, ...environment } = process.env;
  return 'electron' in process.versions ? environment : process.env;
}

/** setpriv(1) of util-linux asks the kernel to kill the command when we die; others have no such thing. */
function parentDeathGuard(): readonly string[] {
  if (process.platform !== 'linux') return [];
  const guard = ['setpriv', '--pdeathsig', 'KILL', '--'];
  const works = spawnSync('setpriv', ['--pdeathsig', 'KILL', '--', 'true'], { stdio: 'ignore' }).status === 0;
  return works ? guard : [];
}

/**
 * Signals that somebody sends to us are meant for the command. At a terminal Ctrl-C and Ctrl-\\ reach it by themselves,
 * because it is in our group, and many programs take a second one for impatience.
 */
function forwardSignals(interruption: Interruption, child: ChildProcess): void {
  // Not by process.stdin, which makes a pipe non-blocking for the command, too: it would fail where it should wait.
  const atTerminal = isatty(0);
  interruption.passTo((signal) => {
    const reachesItAnyway = atTerminal && (signal === 'SIGINT' || signal === 'SIGQUIT');
    if (!reachesItAnyway) child.kill(signal);
  });
}

/** As a shell reports it: the command's own code, or 128 + the signal that ended it. */
function exitOf(child: ChildProcess, words: readonly string[]): Promise<ExitCode> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(commandNotFound(words[0] ?? '', cause.message, cause)));
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal])));
  });
}
