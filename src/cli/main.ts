/** Entry point of the command line, `dist/cli.mjs`. Each command is one file in `commands/`. */
import { runCli } from './runCli.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
});
