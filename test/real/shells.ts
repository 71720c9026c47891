/** Real shells with the completion of wlock loaded, as somebody has them who sits before a terminal. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Shell } from '../../src/cli/completion/shells.ts';
import { findShells } from '../setup/shells.mjs';
import { cliFile, pythonFile } from './programs.ts';
import type { Started, StartedProgram } from './started.ts';
import { waitFor } from './waitFor.ts';

/** Puts `wlock`, and programs that do nothing, into a folder for the PATH. */
export function writePrograms(folder: string, names: readonly string[]): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const name of names) fs.writeFileSync(path.join(folder, name), '#!/bin/sh\n', { mode: 0o755 });
  const wlock = `#!/bin/sh\nexec '${process.execPath}' '${cliFile}' "$@"\n`;
  fs.writeFileSync(path.join(folder, 'wlock'), wlock, { mode: 0o755 });
}

export interface ShellOptions {
  readonly cwd: string;
  /** Where `wlock` lies. */
  readonly programs: string;
  /** What a shell reads while it starts, and writes for itself. */
  readonly home: string;
  /** Instead of what most people have in their startup file to load the completion. */
  readonly loading?: string;
}

export function shellEnvironment({ programs, home }: ShellOptions): NodeJS.ProcessEnv {
  const { WLOCK_ROOT, WLOCK_SESSION, WLOCK_ID, WLOCK_TOKEN, NO_COLOR, ...rest } = process.env;
  const own = { HOME: home, ZDOTDIR: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home };
  return { ...rest, ...own, PATH: `${programs}:${process.env['PATH'] ?? ''}`, TERM: 'xterm', LC_ALL: 'C.UTF-8' };
}

/** A prompt that can be recognised, keys as they are by default, and a line that is never broken. */
const startup: Readonly<Record<Shell, string>> = {
  bash: "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; stty cols 200; PS1='ready> '",
  zsh: "bindkey -e; unsetopt beep auto_remove_slash; stty cols 200; PS1='ready> '",
  fish: 'set -g fish_greeting; function fish_prompt; echo -n "ready> "; end',
};

/** What a person has in his startup file. */
const usualLoading: Readonly<Record<Shell, string>> = {
  bash: 'source <(wlock completion bash)',
  zsh: 'autoload -Uz compinit && compinit -u; source <(wlock completion zsh)',
  fish: 'wlock completion fish | source',
};

const startupFiles: Readonly<Record<Shell, string>> = { bash: '.bashrc', zsh: '.zshrc', fish: 'fish/config.fish' };

/** A shell on a terminal of its own, at its prompt. */
export async function openShell(started: Started, shell: Shell, options: ShellOptions): Promise<Terminal> {
  const file = path.join(options.home, startupFiles[shell]);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${options.loading ?? usualLoading[shell]}\n${startup[shell]}\n`);
  const programs = await findShells();
  // Python's own copying between a terminal and pipes.
  const words = ['-c', 'import pty, sys; pty.spawn(sys.argv[1:])', programs[shell], '-i'];
  const child = spawn(pythonFile(), words, { cwd: options.cwd, env: shellEnvironment(options) });
  const terminal = new Terminal(started.add(child), (keys) => child.stdin.write(keys));
  await terminal.shows('ready> ');
  await terminal.listens();
  return terminal;
}

const toLineStart = '\x01';
const deleteLine = '\x15';

class Terminal {
  readonly #program: StartedProgram;
  readonly #press: (keys: string) => void;

  constructor(program: StartedProgram, press: (keys: string) => void) {
    this.#program = program;
    this.#press = press;
  }

  press(keys: string): void {
    this.#press(keys);
  }

  async shows(text: string): Promise<void> {
    const program = this.#program;
    const isShown = (): boolean => program.output.includes(text);
    await waitFor(text, () => isShown() || !program.isRunning).catch(() => undefined);
    assert.ok(isShown(), `${JSON.stringify(text)} is not in ${JSON.stringify(program.output)}`);
  }

  /** A shell that has shown its prompt may still throw away what is typed: presses a key until it is shown. */
  async listens(): Promise<void> {
    const before = this.#program.output.length;
    await waitFor('the shell listens', () => {
      this.press('x');
      return this.#program.output.slice(before).includes('x');
    });
    this.press(deleteLine);
  }

  /** Presses Tab after `typed`; fails unless the line then consists of these words, as the shell itself reads them. */
  async completes(typed: string, words: readonly string[]): Promise<void> {
    this.press(`${typed}\t${toLineStart}printf '<%s>' \r`);
    await this.shows(words.map((word) => `<${word}>`).join(''));
  }
}
