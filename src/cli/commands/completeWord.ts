import { Argument } from 'commander';
import type { CommandHost } from '../commandHost.ts';
import { completeWordName, shells, type Shell } from '../completion/shells.ts';
import { exitCode } from '../context.ts';

/** So long may what is still being read go on after the answer. */
const lingerMs = 50;

/** What the scripts of `wlock completion` ask at each press of Tab. */
export function completeWordCommand({ program, runAlone }: CommandHost): void {
  const command = program
    .command(completeWordName, { hidden: true })
    .description('answer a shell what could stand at the end of these words')
    .addArgument(new Argument('<shell>').choices(shells))
    .argument('[words...]', 'after --, as the script of that shell passes them')
    .action(async (shell: Shell, words: string[]) => {
      await runAlone(command, async ({ streams, cwd }) => {
        const { answerFor } = await import('../completion/completion.ts');
        streams.out(await answerFor(shell, words, { program, cwd }));
        setTimeout(() => process.exit(), lingerMs).unref(); // a reading that hangs would keep the shell waiting
        return exitCode.done;
      });
    });
}
