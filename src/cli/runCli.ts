import { CommanderError, type Command } from 'commander';
import { escapeForDisplay } from '../core/display.ts';
import { LockError } from '../core/errors.ts';
import { ScopeError } from '../core/scope/scopeError.ts';
import { exitCode, printJson, withContext, type ExitCode, type GlobalOptions, type Streams } from './context.ts';
import { createProgram } from './program.ts';

declare const WLOCK_VERSION: string;

/** Parses the words after `wlock`, runs the command, prints failures. Resolves to the exit code; never rejects. */
export async function runCli(words: readonly string[], streams: Streams): Promise<ExitCode> {
  let json = wantsJson(words);
  let code: ExitCode = exitCode.done;
  /** What commander printed: help, or the version. */
  let said = '';
  const globalsOf = (command: Command): GlobalOptions => {
    const { root, ...options } = command.optsWithGlobals<{ root?: string; json?: true }>();
    json = options.json ?? false; // now we know which words were ours
    return { json, ...(root === undefined ? {} : { root }) };
  };
  const program = createProgram(
    {
      run: async (command, body) => {
        code = await withContext(globalsOf(command), streams, body);
      },
      runAlone: async (command, body) => {
        code = await body({ ...globalsOf(command), streams, cwd: process.cwd() });
      },
    },
    {
      version: WLOCK_VERSION,
      words,
      output: {
        writeOut: (text) => {
          if (json) said += text;
          else streams.out(text);
        },
        writeErr: (text) => (json ? undefined : streams.err(text)),
      },
    },
  );

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
  else streams.err(`${streams.paintErr('bad', 'wlock:')} ${shown(message)}\n       ${shown(hint)}\n`);
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
