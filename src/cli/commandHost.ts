import type { Command } from 'commander';
import type { Context, ExitCode } from './context.ts';

/** Where a command adds itself, and how its body gets a context. */
export interface CommandHost {
  readonly program: Command;
  readonly run: (command: Command, body: (context: Context) => Promise<ExitCode>) => Promise<void>;
  /** For what needs no workspace, and must not fail for the lack of one. */
  readonly runAlone: (
    command: Command,
    body: (context: Omit<Context, 'manager'>) => Promise<ExitCode>,
  ) => Promise<void>;
}
