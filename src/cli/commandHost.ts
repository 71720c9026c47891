import type { Command } from 'commander';
import type { Context, ExitCode, GlobalOptions } from './context.ts';

/** Where a command adds itself, and how its body gets a context. */
export interface CommandHost {
  readonly program: Command;
  readonly run: (command: Command, body: (context: Context) => Promise<ExitCode>) => Promise<void>;
  /** For what needs no workspace, or opens locks itself, and must not fail for the lack of one. */
  readonly runAlone: (command: Command, body: (alone: Alone) => Promise<ExitCode>) => Promise<void>;
}

/** `root` is what `--root` names. */
export interface Alone extends Omit<Context, 'manager'>, Pick<GlobalOptions, 'root'> {}
