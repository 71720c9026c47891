/** The command that `wlock run` holds a lock for, as it runs. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as os from 'node:os';
import type { ExitCode } from '../context.ts';
import { endCommand } from './endCommand.ts';
import { commandNotFound } from './findCommand.ts';
import { parentDeathGuard } from './parentDeathGuard.ts';
import { PassedSignals } from './passedSignals.ts';

/** What a command is started with, confined or not. */
export interface CommandStart {
  readonly words: readonly string[];
  /** Descriptors that the command inherits, from 3 on: the lock's hold first. */
  readonly descriptors: readonly number[];
  readonly environment: NodeJS.ProcessEnv;
}

export interface Command {
  /** As a shell reports it: the command's own code, or 128 + the signal that ended it. */
  readonly exited: Promise<ExitCode>;
  /** One that comes before the command runs reaches it then. */
  readonly signals: PassedSignals;
  /** Ends it with all that it has started: TERM, and KILL after 10 s. */
  end(): Promise<void>;
  /** Whether Ctrl-C at the terminal reaches it by itself, because it is in our group. */
  readonly hearsTerminal: boolean;
}

export function startCommand(start: CommandStart): Command {
  const child = spawnWith(start, start.words);
  return {
    exited: exitOf(child, start.words),
    signals: new PassedSignals(Promise.resolve(child.pid)),
    end: async () => {
      if (child.pid !== undefined) await endCommand(child.pid);
    },
    hearsTerminal: true,
  };
}

/**
 * Starts `words` for the command. It inherits the hold as descriptor 3, so that ours still see a living holder if we are
 * killed, and after it the locks that agentwire sees; and on Linux it is killed with us, because little-loops sees only our
 * pid (DESIGN 6.1).
 */
export function spawnWith(
  { descriptors, environment }: CommandStart,
  words: readonly string[],
  { stdin = 'inherit', more = [] }: { readonly stdin?: 'inherit' | 'pipe'; readonly more?: readonly 'pipe'[] } = {},
): ChildProcess {
  const [file = '', ...args] = [...parentDeathGuard(), ...words];
  return spawn(file, args, { stdio: [stdin, 'inherit', 'inherit', ...descriptors, ...more], env: environment });
}

export function exitOf(child: ChildProcess, words: readonly string[]): Promise<ExitCode> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(commandNotFound(words[0] ?? '', cause.message, cause)));
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal])));
  });
}
