import type { Command } from 'commander';
import type { Context, ExitCode, Streams } from './context.ts';

/** Where a command adds itself, and how its body gets a context. */
export interface CommandHost {
  readonly program: Command;
  readonly run: (command: Command, body: (context: Context) => Promise<ExitCode>) => Promise<void>;
  /** For a command that opens locks itself, when it knows of which workspace. */
  readonly runUnopened: (command: Command, body: (unopened: Unopened) => Promise<ExitCode>) => Promise<void>;
}

export interface Unopened {
  readonly streams: Streams;
  /** What `--root` names. */
  readonly root?: string;
}
