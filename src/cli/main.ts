#!/usr/bin/env node
/** Entry point of the command line, `dist/cli.cjs`. Each command is one file in `commands/`. */
import { paintFor } from './colours.ts';
import { runCli } from './runCli.ts';

// Whoever reads our output may stop reading, as `head` does; that is no failure of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

void runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isTerminal: process.stderr.isTTY,
  paintOut: paintFor(process.stdout, process.env),
  paintErr: paintFor(process.stderr, process.env),
}).then((code) => (process.exitCode = code));
