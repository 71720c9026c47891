import type { CommandHost } from '../commandHost.ts';
import { exitCode, type Context, type ExitCode } from '../context.ts';
import { interruptible } from '../interruption.ts';

declare const WLOCK_VERSION: string;

export function mcpCommand({ program, run }: CommandHost): void {
  const command = program
    .command('mcp')
    .description('serve locks to an agent over the Model Context Protocol, on stdin and stdout')
    .addHelpText(
      'after',
      '\nAn agent’s client starts it in the workspace. For Claude Code:\n  claude mcp add locks -- wlock mcp\nLocks end with the connection.',
    )
    .action(async () => {
      await run(command, serve);
    });
}

async function serve({ manager }: Context): Promise<ExitCode> {
  const { serveLocks } = await import('../../mcp/server.ts'); // most commands never need it, and it is large
  return await interruptible(async (signal) => {
    await serveLocks(manager, WLOCK_VERSION, signal);
    return exitCode.done;
  });
}
