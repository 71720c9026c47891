/** The words that `wlock` understands: what parses them, tells of them in `--help`, and completes them in a shell. */
import { Command, type OutputConfiguration } from 'commander';
import { acquireCommand } from './commands/acquire.ts';
import { checkCommand } from './commands/check.ts';
import { completeWordName } from './completion/shells.ts';
import { completeWordCommand } from './commands/completeWord.ts';
import { completionCommand } from './commands/completion.ts';
import { doctorCommand } from './commands/doctor.ts';
import { etcdCommand } from './commands/etcd.ts';
import { forceReleaseCommand } from './commands/forceRelease.ts';
import { guardCommand } from './commands/guard.ts';
import { hookCommand } from './commands/hook.ts';
import { listCommand } from './commands/list.ts';
import { mcpCommand } from './commands/mcp.ts';
import { proveWorkerCommand, proveWorkerName } from './commands/proveWorker.ts';
import { reapCommand } from './commands/reap.ts';
import { releaseCommand } from './commands/release.ts';
import { renewCommand } from './commands/renew.ts';
import { runCommand } from './commands/run.ts';
import { statsCommand } from './commands/stats.ts';
import { verifyCommand } from './commands/verify.ts';
import { waitCommand } from './commands/wait.ts';
import { watchCommand } from './commands/watch.ts';
import type { CommandHost } from './commandHost.ts';
import { addExamples } from './examples.ts';

export interface ProgramOptions {
  readonly version: string;
  /** Where help and complaints go. */
  readonly output: OutputConfiguration;
  /** What will be parsed, so that only the command that it names has to be made; all are made without it. */
  readonly words?: readonly string[];
}

const commands: Readonly<Record<string, (host: CommandHost) => void>> = {
  acquire: acquireCommand,
  release: releaseCommand,
  'force-release': forceReleaseCommand,
  renew: renewCommand,
  run: runCommand,
  list: listCommand,
  check: checkCommand,
  wait: waitCommand,
  reap: reapCommand,
  watch: watchCommand,
  stats: statsCommand,
  verify: verifyCommand,
  guard: guardCommand,
  hook: hookCommand,
  mcp: mcpCommand,
  etcd: etcdCommand,
  doctor: doctorCommand,
  completion: completionCommand,
  [completeWordName]: completeWordCommand,
  [proveWorkerName]: proveWorkerCommand,
};

export function createProgram(
  runners: Pick<CommandHost, 'run' | 'runAlone'>,
  { version, output, words = [] }: ProgramOptions,
): Command {
  const program = new Command('wlock');
  program
    .description(
      'Locks of every loop, agent, daemon and person in one workspace: see, take, release and safely reap them.',
    )
    .version(version)
    .option('--root <dir>', 'the workspace (default: WLOCK_ROOT, else the nearest folder that looks like one)')
    .option('--json', 'print one JSON document on stdout')
    .enablePositionalOptions()
    .showHelpAfterError('(wlock --help lists the commands)')
    .exitOverride()
    .configureOutput(output);
  const host: CommandHost = { program, ...runners };
  for (const add of commandsFor(words)) add(host);
  for (const command of program.commands) inheritGlobals(command);
  addExamples(program);
  return program;
}

/** Where the first word names a command, that one alone: making the others would cost each start some milliseconds. */
function commandsFor([first = '']: readonly string[]): readonly ((host: CommandHost) => void)[] {
  const [one] = first === completeWordName || !Object.hasOwn(commands, first) ? [] : [commands[first]];
  return one ? [one] : Object.values(commands);
}

/** `wlock list --json` reads as naturally as `wlock --json list`, so both are taken. */
function inheritGlobals(command: Command): void {
  command.option('--root <dir>', 'the workspace').option('--json', 'print one JSON document on stdout').exitOverride();
  for (const part of command.commands) inheritGlobals(part);
}
