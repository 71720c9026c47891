import { Command, CommanderError } from 'commander';
import { escapeForDisplay } from '../core/display.ts';
import { LockError } from '../core/errors.ts';
import { ScopeError } from '../core/scope/scopeError.ts';
import { acquireCommand } from './commands/acquire.ts';
import { checkCommand } from './commands/check.ts';
import { doctorCommand } from './commands/doctor.ts';
import { forceReleaseCommand } from './commands/forceRelease.ts';
import { guardCommand } from './commands/guard.ts';
import { hookCommand } from './commands/hook.ts';
import { listCommand } from './commands/list.ts';
import { mcpCommand } from './commands/mcp.ts';
import { proveWorkerCommand } from './commands/proveWorker.ts';
import { reapCommand } from './commands/reap.ts';
import { releaseCommand } from './commands/release.ts';
import { renewCommand } from './commands/renew.ts';
import { runCommand } from './commands/run.ts';
import { statsCommand } from './commands/stats.ts';
import { verifyCommand } from './commands/verify.ts';
import { waitCommand } from './commands/wait.ts';
import { watchCommand } from './commands/watch.ts';
import type { CommandHost } from './commandHost.ts';
import { exitCode, printJson, withContext, type ExitCode, type Streams } from './context.ts';

declare const WLOCK_VERSION: string;

/** Parses the words after `wlock`, runs the command, prints failures. Resolves to the exit code; never rejects. */
export async function runCli(words: readonly string[], streams: Streams): Promise<ExitCode> {
  let json = wantsJson(words);
  let code: ExitCode = exitCode.done;
  /** What commander printed: help, or the version. */
  let said = '';
  const program = new Command('wlock');
  program
    .description(
      'Locks of every loop, agent, daemon and person in one workspace: see, take, release and safely reap them.',
    )
    .version(WLOCK_VERSION)
    .option('--root <dir>', 'the workspace (default: WLOCK_ROOT, else the nearest folder that looks like one)')
    .option('--json', 'print one JSON document on stdout')
    .enablePositionalOptions()
    .showHelpAfterError('(wlock --help lists the commands)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        if (json) said += text;
        else streams.out(text);
      },
      writeErr: (text) => (json ? undefined : streams.err(text)),
    });

  const host: CommandHost = {
    program,
    run: async (command, body) => {
      const { root, ...options } = command.optsWithGlobals<{ root?: string; json?: true }>();
      json = options.json ?? false; // now we know which words were ours
      code = await withContext({ json, ...(root === undefined ? {} : { root }) }, streams, body);
    },
    runUnopened: async (command, body) => {
      const { root } = command.optsWithGlobals<{ root?: string }>();
      code = await body({ streams, ...(root === undefined ? {} : { root }) });
    },
  };
  for (const add of [
    acquireCommand,
    releaseCommand,
    forceReleaseCommand,
    renewCommand,
    runCommand,
    listCommand,
    checkCommand,
    waitCommand,
    reapCommand,
    watchCommand,
    statsCommand,
    verifyCommand,
    guardCommand,
    hookCommand,
    mcpCommand,
    doctorCommand,
    proveWorkerCommand,
  ]) {
    add(host);
  }
  for (const command of program.commands) inheritGlobals(command);

  try {
    await program.parseAsync([...words], { from: 'user' });
    return code;
  } catch (error) {
    if (!isAnswered(error)) return report(error, json, streams);
    const answer = error.code === 'commander.version' ? { wlock: WLOCK_VERSION } : { help: said };
    if (json) printJson(streams, { ok: true, ...answer });
    return exitCode.done;
  }
}

/** Commander ends `--version` and `--help` by throwing too. */
function isAnswered(error: unknown): error is CommanderError {
  return error instanceof CommanderError && error.exitCode === 0;
}

/** `wlock list --json` reads as naturally as `wlock --json list`, so both are taken. */
function inheritGlobals(command: Command): void {
  command.option('--root <dir>', 'the workspace').option('--json', 'print one JSON document on stdout').exitOverride();
  for (const part of command.commands) inheritGlobals(part);
}

/** Known before parsing, so that even a parse error is JSON. What follows `--` belongs to somebody else's command. */
function wantsJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end === -1 ? words : words.slice(0, end)).includes('--json');
}

function report(error: unknown, json: boolean, streams: Streams): ExitCode {
  if (error instanceof CommanderError) {
    const message = error.code === 'commander.help' ? 'No command was given.' : error.message.replace(/^error: /, '');
    if (json) printFailure(streams, 'usage', message, 'wlock --help lists the commands.');
    return exitCode.usage;
  }
  const { code, message, hint } = describe(error);
  if (json) printFailure(streams, code, message, hint);
  else streams.err(`wlock: ${shown(message)}\n       ${shown(hint)}\n`);
  if (code === 'command-not-found') return exitCode.notFound;
  if (code === 'command-not-executable') return exitCode.notExecutable;
  return code === 'usage' || code === 'root-not-found' || error instanceof ScopeError
    ? exitCode.usage
    : exitCode.failure;
}

const longestLine = 2_000;

/** A sentence may quote what somebody typed, or a file's name in a system's error; its line breaks are ours. */
function shown(text: string): string {
  return text
    .split('\n')
    .map((line) => escapeForDisplay(line, longestLine))
    .join('\n');
}

function printFailure(streams: Streams, code: string, message: string, hint: string): void {
  printJson(streams, { ok: false, error: { code, message, hint } });
}

function describe(error: unknown): { code: string; message: string; hint: string } {
  if (error instanceof LockError || error instanceof ScopeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message, hint: 'Run wlock doctor; if that does not explain it, please report it.' };
}
