import { Argument } from 'commander';
import type { CommandHost } from '../commandHost.ts';
import { shells, type Shell } from '../completion/shells.ts';
import { exitCode, printJson } from '../context.ts';

export function completionCommand({ program, runAlone }: CommandHost): void {
  const command = program
    .command('completion')
    .description('print a script that makes a shell complete commands, options, locks and holders')
    .addArgument(new Argument('<shell>', 'for which shell').choices(shells))
    .action(async (shell: Shell) => {
      await runAlone(command, async ({ json, streams }) => {
        const { scriptFor } = await import('../completion/completion.ts'); // only a shell that starts needs it
        const script = scriptFor(shell);
        if (json) printJson(streams, { ok: true, shell, script });
        else streams.out(script);
        return exitCode.done;
      });
    });
}
