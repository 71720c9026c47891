import * as fs from 'node:fs';
import * as path from 'node:path';
import { LockError } from '../../core/errors.ts';

/** What execvp(3) takes where there is no PATH. */
const usualPath = '/bin:/usr/bin';

/**
 * The program's file. Refuses a command that cannot be started before anything is locked for it. It is looked for as
 * execvp(3) does; should it come or go before it is started, the start itself fails.
 * @throws LockError `command-not-found`, `command-not-executable`
 */
export function placeOf(name: string, searched: string = process.env['PATH'] ?? usualPath): string {
  const places = name.includes('/') ? [name] : searched.split(':').map((folder) => path.join(folder || '.', name));
  const program = places.find(isProgram);
  if (program !== undefined) return program;
  const there = places.find((file) => fs.existsSync(file));
  throw there === undefined ? commandNotFound(name, 'no such program') : notExecutable(name, there);
}

function notExecutable(name: string, file: string): LockError {
  const isFolder = fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
  return new LockError(
    'command-not-executable',
    `${JSON.stringify(name)} could not be started (${isFolder ? 'it is a directory' : 'it may not be executed'}).`,
    'Check the command after --; nothing was locked for it.',
  );
}

export function commandNotFound(name: string, why: string, cause?: unknown): LockError {
  return new LockError(
    'command-not-found',
    `${JSON.stringify(name)} could not be started (${why}).`,
    'Check the command after -- and your PATH; nothing was locked for it.',
    { cause },
  );
}

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false; // not there, or not ours to run: to execvp(3) it is the same, it looks further
  }
}
