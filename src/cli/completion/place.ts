/** What the word that somebody is typing will be, judged by the words before it and by what the program understands. Pure. */
import type { Argument, Command, Option } from 'commander';

export type Place =
  | { readonly is: 'command-name'; readonly of: Command }
  | { readonly is: 'option'; readonly of: Command }
  | { readonly is: 'value'; readonly of: Command; readonly option: Option }
  | { readonly is: 'argument'; readonly of: Command; readonly argument: Argument; readonly canBeOption: boolean }
  /** A word of another program's command line, which begins at that word, counted from 0. */
  | { readonly is: 'program'; readonly firstWord: number };

/**
 * @param before the words after `wlock`, without their quotes
 * @param current what has been typed of the word in question
 */
export function placeOf(program: Command, before: readonly string[], current: string): Place {
  const reader = new Reader(program);
  for (const [index, word] of before.entries()) {
    reader.take(word);
    if (reader.isAtProgram) return { is: 'program', firstWord: index };
  }
  return reader.next(current, before.length);
}

/** Reads as commander does with these words; what it would refuse is passed over. */
class Reader {
  #command: Command;
  #arguments = 0;
  #isAfterDashes = false;
  /** It may take the next word. */
  #open: { readonly option: Option; readonly hasValue: boolean } | undefined;

  constructor(program: Command) {
    this.#command = program;
  }

  /** The last word that was taken names the program that `wlock run` starts. */
  get isAtProgram(): boolean {
    return this.#arguments > 0 && isProgram(this.#argumentAt(this.#arguments - 1));
  }

  take(word: string): void {
    const open = this.#open;
    if (open && takes(open, word)) {
      this.#open = open.option.variadic ? { option: open.option, hasValue: true } : undefined;
      return;
    }
    this.#open = undefined;
    if (this.#isAfterDashes || !isDashed(word)) this.#takeOperand(word);
    else if (word === '--') this.#isAfterDashes = true;
    else this.#takeOption(word);
  }

  next(current: string, index: number): Place {
    const of = this.#command;
    const open = this.#open;
    if (open && takes(open, current) && (isOwed(open) || isTold(open.option))) {
      return { is: 'value', of, option: open.option };
    }
    const assigned = this.#isAfterDashes ? undefined : this.#assigned(current);
    if (assigned) return { is: 'value', of, option: assigned };
    if (!this.#isAfterDashes && isDashed(current)) return { is: 'option', of };
    if (this.#canBeCommandName) return { is: 'command-name', of };
    const argument = this.#argumentAt(this.#arguments);
    if (!argument) return { is: 'option', of };
    if (!isProgram(argument)) return { is: 'argument', of, argument, canBeOption: !this.#isAfterDashes };
    // Without `--` and without a letter yet, every program of the PATH would hide the options.
    if (!this.#isAfterDashes && current === '') return { is: 'option', of };
    return { is: 'program', firstWord: index };
  }

  get #canBeCommandName(): boolean {
    return this.#arguments === 0 && !this.#isAfterDashes && this.#command.commands.length > 0;
  }

  #takeOperand(word: string): void {
    const subcommand = this.#canBeCommandName ? this.#command.commands.find((each) => each.name() === word) : undefined;
    if (subcommand) this.#command = subcommand;
    else if (this.#canBeCommandName && word === 'help')
      return; // commander's own: a command's name follows
    else this.#arguments++;
  }

  #takeOption(word: string): void {
    if (word.includes('=')) return;
    const option = optionsOf(this.#command).find(({ short, long }) => word === short || word === long);
    if (option?.required || option?.optional) this.#open = { option, hasValue: false };
  }

  #assigned(current: string): Option | undefined {
    const [name] = current.split('=', 1);
    return current.includes('=')
      ? optionsOf(this.#command).find(({ long, required, optional }) => long === name && (required || optional))
      : undefined;
  }

  #argumentAt(index: number): Argument | undefined {
    const { registeredArguments } = this.#command;
    const last = registeredArguments.at(-1);
    return registeredArguments[index] ?? (last?.variadic ? last : undefined);
  }
}

type Open = { readonly option: Option; readonly hasValue: boolean };

/** The next word is its value, whatever it is. */
function isOwed({ option, hasValue }: Open): boolean {
  return option.required && !hasValue;
}

function takes(open: Open, word: string): boolean {
  return isOwed(open) || !isDashed(word);
}

/** A value that may be left out is worth a question only where there is something to choose from. */
function isTold(option: Option): boolean {
  return option.argChoices !== undefined || valueKindOf(option) !== undefined;
}

function isDashed(word: string): boolean {
  return word.length > 1 && word.startsWith('-');
}

export function optionsOf(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command);
}

function isProgram(argument: Argument | undefined): boolean {
  return argument !== undefined && valueKindOf(argument) === 'program';
}

export type ValueKind = 'files' | 'folders' | 'lock' | 'holder' | 'program';

/** What a value is that has no declared choices; of an option by its long name, of an argument by its own. */
export const valueKinds: Readonly<Record<string, ValueKind>> = {
  '--path': 'files',
  '--glob': 'files',
  '--scope': 'files',
  '--covering': 'files',
  '--root': 'folders',
  '--prove': 'folders',
  '--holder': 'holder',
  path: 'files',
  id: 'lock',
  command: 'program',
};

export function valueKindOf(value: Option | Argument): ValueKind | undefined {
  return valueKinds['long' in value ? (value.long ?? '') : value.name()];
}
