/** What could stand at a place of the command line. */
import type { Command } from 'commander';
import { escapeForDisplay } from '../../core/display.ts';
import { holdersFor, lockIdsFor } from './lockCandidates.ts';
import { optionsOf, placeOf, valueKindOf, type Place, type ValueKind } from './place.ts';

export interface Candidate {
  /** As it would be typed without any quotes. */
  readonly value: string;
  /** Escaped for display; may be empty. */
  readonly description: string;
}

/** What a shell is told; files, folders and other programs' words it knows better itself. */
export type Completion =
  | { readonly kind: 'words'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'files' | 'folders' }
  /** @property firstWord of the words after `wlock`, counted from 0 */
  | { readonly kind: 'program'; readonly firstWord: number };

export interface Surroundings {
  readonly program: Command;
  readonly cwd: string;
}

/** Never rejects: who cannot be told anything is told nothing. */
export async function completionOf(words: readonly string[], surroundings: Surroundings): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const place = placeOf(surroundings.program, before, current);
  const found = await foundAt(place, { before, current, cwd: surroundings.cwd });
  if (found.kind !== 'words') return found;
  const assignment = place.is === 'value' ? (/^--[^=]+=/.exec(current)?.[0] ?? '') : '';
  return {
    kind: 'words',
    candidates: found.candidates
      .filter(({ value }) => isTypeable(value) && (!value.startsWith('-') || mayBeDashed(place)))
      .map(({ value, description }) => ({ value: assignment + value, description })),
  };
}

/** A name with a line break or a hidden character would break the list, and what stands for it names nothing. */
function isTypeable(value: string): boolean {
  return value !== '' && escapeForDisplay(value, Infinity) === value;
}

/** An id that begins with a dash would be read as an option. */
function mayBeDashed(place: Place): boolean {
  return place.is !== 'argument' || !place.canBeOption;
}

interface Typed {
  readonly before: readonly string[];
  readonly current: string;
  readonly cwd: string;
}

async function foundAt(place: Place, typed: Typed): Promise<Completion> {
  switch (place.is) {
    case 'command-name':
      return { kind: 'words', candidates: commandNames(place.of) };
    case 'option':
      return { kind: 'words', candidates: optionNames(place.of) };
    case 'value':
      return await valuesOf(place.option.argChoices, valueKindOf(place.option), place.of, typed);
    case 'argument':
      return await valuesOf(place.argument.argChoices, valueKindOf(place.argument), place.of, typed);
    case 'program':
      return { kind: 'program', firstWord: place.firstWord };
  }
}

async function valuesOf(
  choices: readonly string[] | undefined,
  kind: ValueKind | undefined,
  command: Command,
  typed: Typed,
): Promise<Completion> {
  if (choices) return { kind: 'words', candidates: choices.map((value) => ({ value, description: '' })) };
  switch (kind) {
    case 'files':
    case 'folders':
      return { kind };
    case 'lock':
      return { kind: 'words', candidates: await lockIdsFor(command.name(), typed) };
    case 'holder':
      return { kind: 'words', candidates: await holdersFor(command.name(), typed) };
    case 'program':
    case undefined:
      return { kind: 'words', candidates: [] };
  }
}

function commandNames(command: Command): readonly Candidate[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.map((each) => ({ value: each.name(), description: each.description() }));
}

function optionNames(command: Command): readonly Candidate[] {
  return optionsOf(command).flatMap(({ long, description }) =>
    long === undefined ? [] : [{ value: long, description }],
  );
}
