import { isatty } from 'node:tty';
import { Option } from 'commander';
import { LockError, messageOf } from '../../core/errors.ts';
import type { Scope } from '../../core/scope/entry.ts';
import { lossSentence } from '../../manager/lossSentence.ts';
import { lossCauseOf, type HeldLock } from '../../manager/heldLock.ts';
import { sessionVariable, type AcquireOutcome } from '../../manager/lockManager.ts';
import type { CommandHost } from '../commandHost.ts';
import { exitCode, type Context, type ExitCode } from '../context.ts';
import { reportInterruption } from '../interrupted.ts';
import { Interruption, isCancelled } from '../interruption.ts';
import { reportRefusal } from '../refusal.ts';
import { startCommand, type Command, type CommandStart } from '../run/command.ts';
import type { ConfinementRequest } from '../run/confinement.ts';
import { placeOf } from '../run/findCommand.ts';
import { addScopeOptions, collect, readScope, scopeParts, type ScopeOptions } from '../scopeOptions.ts';
import { addWaitOptions, waitRequest, WaitTalk, type WaitOptions } from '../waitOptions.ts';

interface Options extends ScopeOptions, WaitOptions {
  readonly holder?: string;
  readonly reason?: string;
  readonly shared: boolean;
  readonly onConflict: 'fail' | 'skip';
  readonly confine: boolean;
  readonly writable: readonly string[];
}

export function runCommand({ program, run }: CommandHost): void {
  const command = program.command('run').description('hold a lock as long as a command runs');
  addWaitOptions(addScopeOptions(command))
    .option('--holder <name>', "who holds it (default: the command's name)")
    .option('--reason <text>', 'why, for others to read')
    .option('--shared', 'other shared locks may overlap', false)
    .addOption(
      new Option('--on-conflict <what>', 'where it is locked: fail with 3 (or 4), or skip the command and exit 0')
        .choices(['fail', 'skip'])
        .default('fail'),
    )
    .option('--confine', 'the command can write only what it holds, and temporary files (Linux, bubblewrap)', false)
    .option('--writable <path>', 'with --confine: may be written too, though not locked', collect, [])
    .argument('<command...>', 'after --, the command and its arguments')
    .passThroughOptions()
    .action(async (words: string[], options: Options) => {
      await run(command, (context) => runLocked(context, words, options));
    });
}

async function runLocked(context: Context, words: readonly string[], options: Options): Promise<ExitCode> {
  placeOf(words[0] ?? '');
  const scope = readScope(context, scopeParts(options));
  if (!options.confine && options.writable.length > 0) {
    throw new LockError('usage', '--writable means nothing without --confine.', 'Add --confine, or leave it away.');
  }
  const confinement = options.confine ? await prepare(context, scope, options.writable) : undefined;
  using interruption = new Interruption();
  const outcome = await acquire(context, scope, words, options, interruption);
  if (typeof outcome === 'number') return reportInterruption(context, outcome);
  if (!outcome.ok) {
    const code = reportRefusal(context, outcome.conflict);
    if (options.onConflict === 'fail') return code;
    if (!context.json) context.streams.err('Skipped the command.\n');
    return exitCode.done;
  }
  const { held } = outcome;
  try {
    // The signal may have come when the lock was ours already.
    if (interruption.exitCode !== undefined) return reportInterruption(context, interruption.exitCode);
    return await supervise(context, await start(context, words, confinement, held), held, interruption);
  } finally {
    await held.release().catch((error: unknown) => {
      // Our end frees the lock, and the command's own exit code matters more.
      context.streams.err(`wlock: the lock record could not be deleted (${messageOf(error)}); it goes stale now.\n`);
    });
  }
}

async function acquire(
  context: Context,
  scope: Scope,
  words: readonly string[],
  options: Options,
  interruption: Interruption,
): Promise<AcquireOutcome | ExitCode> {
  const talk = new WaitTalk(context);
  try {
    const outcome = await context.manager.acquire({
      scope,
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

async function supervise(
  context: Context,
  command: Command,
  held: HeldLock,
  interruption: Interruption,
): Promise<ExitCode> {
  forwardSignals(interruption, command);
  let ending: Promise<void> | undefined;
  const onLost = (): void => {
    context.streams.err(`wlock: the lock was lost (${lossSentence(lossCauseOf(held.lost))}); ending the command.\n`);
    ending = command.end();
  };
  if (held.lost.aborted) onLost();
  else held.lost.addEventListener('abort', onLost);
  try {
    const code = await command.exited;
    // What the command has started may outlive it, and would go on writing.
    await ending;
    const stayed = await command.signals.stayed();
    if (stayed.length > 0) {
      context.streams.err(`wlock: still running, and without the lock from now on: ${stayed.join(', ')}.\n`);
    }
    return held.lost.aborted ? exitCode.lost : code;
  } finally {
    held.lost.removeEventListener('abort', onLost);
  }
}

async function prepare(
  { manager, cwd }: Context,
  scope: Scope,
  writable: readonly string[],
): Promise<ConfinementRequest> {
  const { prepareConfinement } = await import('../run/confinedCommand.ts');
  return prepareConfinement({ scope, writable, cwd, lockDirectory: manager.layout.running });
}

async function start(
  context: Context,
  words: readonly string[],
  confinement: ConfinementRequest | undefined,
  held: HeldLock,
): Promise<Command> {
  const { manager, cwd } = context;
  const common: CommandStart = {
    words,
    descriptors: [manager.holdDescriptor(), ...held.descriptors],
    environment: {
      ...environmentOfCommand(),
      WLOCK_ID: held.id,
      WLOCK_TOKEN: held.token,
      [sessionVariable]: manager.session,
    },
  };
  if (!confinement) return startCommand(common);
  const { startConfined } = await import('../run/confinedCommand.ts');
  const request = { ...confinement, scope: held.scope };
  return startConfined({ ...common, request, root: manager.root.path, cwd });
}

/** In a terminal of VS Code, Electron runs us, told by a variable to be Node.js; the command may be Electron too. */
function environmentOfCommand(): NodeJS.ProcessEnv {
  const { ELECTRON_RUN_AS_NODE, ...environment } = process.env;
  return 'electron' in process.versions ? environment : process.env;
}

/**
 * Signals that somebody sends to us are meant for the command. At a terminal Ctrl-C and Ctrl-\\ reach it by themselves
 * where it is in our group, and many programs take a second one for impatience.
 */
function forwardSignals(interruption: Interruption, command: Command): void {
  // Not by process.stdin, which makes a pipe non-blocking for the command, too: it would fail where it should wait.
  const atTerminal = isatty(0) && command.hearsTerminal;
  interruption.passTo((signal) => {
    const reachesItAnyway = atTerminal && (signal === 'SIGINT' || signal === 'SIGQUIT');
    if (!reachesItAnyway) command.signals.send(signal);
  });
  if (command.hearsTerminal) return;
  // In a session of its own it hears nothing of the terminal: neither that its size has changed, nor Ctrl-Z, which would stop
  // us alone, and who is stopped ends nothing when the lock is lost.
  process.on('SIGWINCH', () => command.signals.send('SIGWINCH'));
  process.on('SIGTSTP', () => undefined);
}
