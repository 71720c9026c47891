/** Start here: the script that a shell loads, and what it is answered at each press of Tab. */
import { answerForBash, bashScript } from './bash.ts';
import type { Surroundings } from './candidates.ts';
import { answerForFish, fishScript } from './fish.ts';
import type { Shell } from './shells.ts';
import { answerForZsh, zshScript } from './zsh.ts';

interface ShellCompletion {
  readonly script: string;
  readonly answer: (words: readonly string[], surroundings: Surroundings) => Promise<string>;
}

const completions: Readonly<Record<Shell, ShellCompletion>> = {
  bash: { script: bashScript, answer: answerForBash },
  zsh: { script: zshScript, answer: answerForZsh },
  fish: { script: fishScript, answer: answerForFish },
};

export function scriptFor(shell: Shell): string {
  return completions[shell].script;
}

/** @param words as that shell's script passes them */
export function answerFor(shell: Shell, words: readonly string[], surroundings: Surroundings): Promise<string> {
  return completions[shell].answer(words, surroundings);
}
